using System.Text.Json;
using Identity.Server.Browser;
using Identity.Server.Pages.Shared;

namespace Identity.Server.Pages.External;

/// <summary>A person whom another provider has authenticated and who is not linked here yet. Kept in an encrypted
/// cookie while they prove their account here.</summary>
/// <param name="Issuer">As the ID token names it.</param>
/// <param name="Subject">Unique within the issuer. It is the only identifier: addresses and names are never
/// compared.</param>
/// <param name="ShownName">Their name there, so that they recognise it.</param>
/// <param name="ReturnUrl">The return URL.</param>
internal sealed record ExternalIdentity(
    string Provider,
    string Issuer,
    string Subject,
    string? ShownName,
    string? ReturnUrl
)
{
    private const string CookieName = "__Host-external";

    /// <summary>It has to fit, encrypted, into a cookie of 4 KB.</summary>
    private const int MaxReturnUrlLength = 1500;
    private const int MaxNameLength = 100;
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(15);

    /// <summary>Keeps it for 15 minutes: enough to sign in here, or to register and confirm an address.</summary>
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

    /// <summary>The pending person in this browser, or null.</summary>
    public static ExternalIdentity? Read(HttpContext http, ProtectedCookies cookies) =>
        cookies.Read(http, CookieName) is { } text && JsonSerializer.Deserialize<ExternalIdentity>(text) is { } identity
            ? identity with
            {
                ReturnUrl = LocalUrl.OrNull(identity.ReturnUrl),
            }
            : null;

    /// <summary>Removes the pending person.</summary>
    public static void Forget(HttpContext http) => ProtectedCookies.Forget(http, CookieName);
}
