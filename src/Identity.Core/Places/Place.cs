namespace Identity.Core.Places;

/// <summary>The place of an internet address according to the operator's files. Any part may be missing.</summary>
/// <param name="CountryCode">ISO 3166-1 alpha-2.</param>
/// <param name="Country">The country's name by language.</param>
/// <param name="City">The city's name by language.</param>
/// <param name="Network">The identity of the network: its autonomous system number, such as <c>AS64500</c>, or its
/// prefix if the number is unknown.</param>
/// <param name="NetworkName">The operator of the network.</param>
public sealed record Place(
    string? CountryCode,
    IReadOnlyDictionary<string, string> Country,
    IReadOnlyDictionary<string, string> City,
    Coordinates? Coordinates,
    string Network,
    string? NetworkName
)
{
    /// <summary>City and country in a language, with English as fallback; null if neither is known.</summary>
    public string? Describe(string language)
    {
        string[] parts = [.. new[] { In(City, language), In(Country, language) ?? CountryCode }.OfType<string>()];
        return parts.Length == 0 ? null : string.Join(language == "ar" ? "، " : ", ", parts);
    }

    private static string? In(IReadOnlyDictionary<string, string> names, string language) =>
        names.TryGetValue(language, out var own) ? own
        : names.TryGetValue("en", out var english) ? english
        : names.Values.FirstOrDefault();
}

/// <summary>A point on the earth and the accuracy of its estimate.</summary>
/// <param name="Latitude">Degrees, north positive.</param>
/// <param name="Longitude">Degrees, east positive.</param>
/// <param name="AccuracyKilometres">The radius within which the address is likely to be.</param>
public sealed record Coordinates(double Latitude, double Longitude, double AccuracyKilometres)
{
    private const double EarthRadiusKilometres = 6371;

    /// <summary>The minimum great-circle distance: the distance of the centres less both radii, at least
    /// 0.</summary>
    public double KilometresTo(Coordinates other) =>
        Math.Max(0, CentreKilometresTo(other) - AccuracyKilometres - other.AccuracyKilometres);

    // The haversine formula.
    private double CentreKilometresTo(Coordinates other)
    {
        var (from, to) = (double.DegreesToRadians(Latitude), double.DegreesToRadians(other.Latitude));
        var (north, east) = (to - from, double.DegreesToRadians(other.Longitude - Longitude));
        var half = Math.Pow(Math.Sin(north / 2), 2) + (Math.Cos(from) * Math.Cos(to) * Math.Pow(Math.Sin(east / 2), 2));
        return 2 * EarthRadiusKilometres * Math.Asin(Math.Sqrt(Math.Min(1, half)));
    }
}
