using Identity.Core.Languages;

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
    public string? Describe(Language language)
    {
        string[] parts = [.. new[] { In(City, language), In(Country, language) ?? CountryCode }.OfType<string>()];
        return parts.Length == 0 ? null : string.Join(language.ListSeparator, parts);
    }

    // The files name Chinese zh-CN, which is one of the tags that zh-Hans answers to.
    private static string? In(IReadOnlyDictionary<string, string> names, Language language) =>
        language
            .Matches.Prepend(language.Tag)
            .Append(TextCatalog.SourceTag)
            .Select(tag => names.GetValueOrDefault(tag))
            .FirstOrDefault(static name => name is not null)
        ?? names.Values.FirstOrDefault();
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
