namespace Identity.Core.Primitives;

/// <summary>
/// What a User-Agent header says of browser and system, in the names that people know. It names what it recognises and
/// nothing else: a header is a claim, and versions and models in it are frozen or false by now, so none is shown.
/// </summary>
/// <param name="Browser">Such as Firefox; null when it is not one that we know.</param>
/// <param name="System">Such as Windows; null likewise.</param>
/// <param name="IsMobile">A telephone or tablet, as far as it says so.</param>
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

    /// <summary>Reads a header of any length and content; null is a browser that sent none.</summary>
    public static DeviceName Of(string? userAgent)
    {
        if (string.IsNullOrEmpty(userAgent))
            return new(null, null, false);
        var browser = Array.Find(Browsers, known => userAgent.Contains(known.Mark, Exactly)).Name;
        var system = Array.Find(Systems, known => userAgent.Contains(known.Mark, Exactly));
        return new(browser, system.Name, system.IsMobile);
    }

    /// <summary>Browser and system in a row, as far as they are known.</summary>
    public override string ToString() => string.Join(", ", new[] { Browser, System }.OfType<string>());
}
