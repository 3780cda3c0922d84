namespace Identity.Core.Primitives;

/// <summary>What a person would call the browser and the system behind a User-Agent header. A guess for showing, never for deciding.</summary>
/// <param name="Browser">Such as <c>Firefox</c>; null when unknown.</param>
/// <param name="System">Such as <c>Windows</c>; null when unknown.</param>
public sealed record DeviceName(string? Browser, string? System)
{
    // In this order: the later ones name themselves in the header of the earlier ones' kin.
    private static readonly (string Mark, string Name)[] Browsers =
    [
        ("Edg", "Edge"), ("OPR/", "Opera"), ("Vivaldi/", "Vivaldi"), ("SamsungBrowser/", "Samsung Internet"), ("YaBrowser/", "Yandex Browser"),
        ("FxiOS/", "Firefox"), ("Firefox/", "Firefox"), ("CriOS/", "Chrome"), ("HeadlessChrome/", "Chrome"), ("Chrome/", "Chrome"), ("Safari/", "Safari"),
        ("curl/", "curl"),
    ];

    private static readonly (string Mark, string Name)[] Systems =
    [
        ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("CrOS", "ChromeOS"), ("Mac OS X", "macOS"), ("Macintosh", "macOS"),
        ("Linux", "Linux"),
    ];

    /// <summary>Reads a header.</summary>
    public static DeviceName Of(string? userAgent) => new(Find(Browsers, userAgent), Find(Systems, userAgent));

    /// <summary><c>Firefox, Windows</c>; empty when nothing is known.</summary>
    public override string ToString() => string.Join(", ", new[] { Browser, System }.OfType<string>());

    private static string? Find((string Mark, string Name)[] known, string? userAgent) =>
        userAgent is null ? null : known.FirstOrDefault(pair => userAgent.Contains(pair.Mark, StringComparison.Ordinal)).Name;
}
