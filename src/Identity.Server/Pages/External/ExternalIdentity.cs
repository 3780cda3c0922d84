using System.Text.Json;
using Identity.Server.Browser;
using Identity.Server.Pages.Shared;

namespace Identity.Server.Pages.External;

/// <summary>Somebody whom another provider vouched for, and whom nobody knows here yet. Kept sealed in their browser
/// while they prove their account here.</summary>
/// <param name="Issuer">As the ID token names it.</param>
/// <param name="Subject">Unique within the issuer, and nothing else of it is: an address or a name is never compared
/// with ours.</param>
/// <param name="ShownName">What they are called there, for them to recognise.</param>
/// <param name="ReturnUrl">Where they were going.</param>
internal sealed record ExternalIdentity(
    string Provider,
    string Issuer,
    string Subject,
    string? ShownName,
    string? ReturnUrl
)
{
    private const string CookieName = "__Host-external";

    /// <summary>A cookie of 4 KB must hold it, sealed.</summary>
    private const int MaxReturnUrlLength = 1500;
    private const int MaxNameLength = 100;
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(15);

    /// <summary>Keeps it for a quarter of an hour: time to sign in here, or to register and confirm an
    /// address.</summary>
    public void Keep(HttpContext http, ProtectedCookies cookies) =>
        cookies.Keep(
            http,
            CookieName,
            JsonSerializer.Serialize(
                this with
                {
                    ReturnUrl = ReturnUrl is { Length: <= MaxReturnUrlLength } ? ReturnUrl : null,
                    ShownName = ShownName is { Length: > MaxNameLength } name ? name[..MaxNameLength] : ShownName,
                }
            ),
            Lifetime
        );

    /// <summary>Who waits in this browser, or null.</summary>
    public static ExternalIdentity? Read(HttpContext http, ProtectedCookies cookies) =>
        cookies.Read(http, CookieName) is { } text && JsonSerializer.Deserialize<ExternalIdentity>(text) is { } identity
            ? identity with
            {
                ReturnUrl = LocalUrl.OrNull(identity.ReturnUrl),
            }
            : null;

    /// <summary>Nobody waits any longer.</summary>
    public static void Forget(HttpContext http) => ProtectedCookies.Forget(http, CookieName);
}
