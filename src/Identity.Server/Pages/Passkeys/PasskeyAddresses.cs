using Identity.Core.Mail;
using Identity.Core.Passkeys;
using Identity.Server.Browser;
using Microsoft.Extensions.Options;

namespace Identity.Server.Pages.Passkeys;

/// <summary>Tells password managers where passwords and passkeys are changed, and browsers which other origins may use
/// the passkeys of this provider.</summary>
internal static class PasskeyAddresses
{
    /// <summary>A Well-Known URL for Changing Passwords (W3C).</summary>
    private const string ChangePassword = "/.well-known/change-password";

    /// <summary>A Well-Known URL for Passkey Endpoints (W3C).</summary>
    private const string Endpoints = "/.well-known/passkey-endpoints";

    /// <summary>WebAuthn 3, section 5.11.1.</summary>
    private const string RelatedOrigins = "/.well-known/webauthn";

    private static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>Maps what the settings ask for; the rest does not exist.</summary>
    public static void Map(WebApplication app)
    {
        var options = app.Services.GetRequiredService<IOptions<PasskeyOptions>>().Value;
        if (options.PublishPages)
        {
            var page = new Uri(app.Services.GetRequiredService<MailLinks>().SignIn, LocalUrl.Passkeys).AbsoluteUri;
            app.MapMethods(ChangePassword, Methods, static () => Results.Redirect(LocalUrl.Password));
            Publish(app, Endpoints, new Dictionary<string, string> { ["enroll"] = page, ["manage"] = page });
        }
        if (options.RelatedOrigins.Count > 0)
            Publish(
                app,
                RelatedOrigins,
                new Dictionary<string, IList<string>> { ["origins"] = options.RelatedOrigins }
            );
    }

    private static void Publish<T>(WebApplication app, string path, T document) =>
        app.MapMethods(
            path,
            Methods,
            (HttpContext http) =>
            {
                http.Response.Headers.CacheControl = "public, max-age=3600";
                return Results.Json(document, contentType: "application/json");
            }
        );
}
