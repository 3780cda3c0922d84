using System.Text.RegularExpressions;

namespace Identity.Core.Primitives;

/// <summary>Names of the IANA time zone database, such as <c>Europe/Berlin</c> (the claim <c>zoneinfo</c> of OpenID
/// Connect Core 5.1).</summary>
public static partial class TimeZoneName
{
    /// <summary>The maximum length of a name, in characters. The longest existing name has 32.</summary>
    public const int MaxLength = 64;

    /// <summary>The zones that a person can choose, sorted by name: UTC and the geographical ones.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        "UTC",
        .. TimeZoneInfo
            .GetSystemTimeZones()
            .Select(static zone => zone.Id)
            .Where(static name =>
                name.Contains('/', StringComparison.Ordinal) && !name.StartsWith("Etc/", StringComparison.Ordinal)
            )
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>The zone of an untrusted name; null if there is none.</summary>
    public static TimeZoneInfo? Find(string? name) =>
        name is { Length: <= MaxLength }
        && Pattern().IsMatch(name)
        && TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone)
            ? zone
            : null;

    // The system looks a name up as a file, so only valid characters may reach it: no dots, no leading slash.
    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,2}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
