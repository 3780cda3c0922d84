using System.Globalization;

namespace Identity.Server.Hosting;

/// <summary> Tells researchers where to report a vulnerability of this installation (RFC 9116), if the operator has set
/// a contact. Without one there is no such page: a wrong address is worse than none.
/// </summary>
internal static class SecurityText
{
    private const string Path = "/.well-known/security.txt";

    // The RFC asks for less than a year. It advances every day.
    private static readonly TimeSpan ValidFor = TimeSpan.FromDays(180);

    public static void Map(WebApplication app)
    {
        var options = app.Services.GetRequiredService<HostingOptions>();
        if (options.SecurityContact is not { } contact)
            return;
        var canonical = new Uri(new Uri(options.Issuer!), Path).AbsoluteUri;
        app.MapMethods(
            Path,
            [HttpMethods.Get, HttpMethods.Head],
            (TimeProvider time) =>
            {
                var expires = time.GetUtcNow().Date.Add(ValidFor);
                return Results.Text(
                    $"Contact: {contact}\n"
                        + $"Expires: {expires.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)}\n"
                        + "Preferred-Languages: en\n"
                        + $"Canonical: {canonical}\n"
                );
            }
        );
    }
}
