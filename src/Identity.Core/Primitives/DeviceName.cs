namespace Identity.Core.Primitives;

/// <summary> The browser and system in a User-Agent header, with their common names. Only recognised names are shown.
/// Versions and models are left out, because browsers freeze or falsify them.
/// </summary>
/// <param name="Browser">Such as Firefox; null if unknown.</param>
/// <param name="System">Such as Windows; null if unknown.</param>
/// <param name="IsMobile">Whether it claims to be a phone or tablet.</param>
public sealed record DeviceName(string? Browser, string? System, bool IsMobile)
{
    private const StringComparison Exactly = StringComparison.Ordinal;

    // Order matters: nearly every browser also calls itself Chrome or Safari.
    private static readonly (string Mark, string Name)[] Browsers =
    [
        ("Edg/", "Edge"),
        ("EdgA/", "Edge"),
        ("EdgiOS/", "Edge"),
        ("OPR/", "Opera"),
        ("OPT/", "Opera"),
        ("SamsungBrowser/", "Samsung Internet"),
        ("Vivaldi/", "Vivaldi"),
        ("YaBrowser/", "Yandex Browser"),
        ("DuckDuckGo/", "DuckDuckGo"),
        ("Ddg/", "DuckDuckGo"),
        ("FxiOS/", "Firefox"),
        ("Firefox/", "Firefox"),
        ("CriOS/", "Chrome"),
        ("HeadlessChrome/", "Chrome"),
        ("Chromium/", "Chromium"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
        ("curl/", "curl"),
    ];

    private static readonly (string Mark, string Name, bool IsMobile)[] Systems =
    [
        ("iPhone", "iOS", true),
        ("iPad", "iPadOS", true),
        ("Android", "Android", true),
        ("Windows", "Windows", false),
        ("CrOS", "ChromeOS", false),
        ("Mac OS X", "macOS", false),
        ("Macintosh", "macOS", false),
        ("Linux", "Linux", false),
    ];

    /// <summary>Parses a header of any length and content; null if the browser sent none.</summary>
    public static DeviceName Of(string? userAgent)
    {
        if (string.IsNullOrEmpty(userAgent))
            return new(null, null, false);
        var browser = Array.Find(Browsers, known => userAgent.Contains(known.Mark, Exactly)).Name;
        var system = Array.Find(Systems, known => userAgent.Contains(known.Mark, Exactly));
        return new(browser, system.Name, system.IsMobile);
    }

    /// <summary>Browser and system as one text, as far as they are known.</summary>
    public override string ToString() => string.Join(", ", new[] { Browser, System }.OfType<string>());
}
