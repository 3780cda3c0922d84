using System.Text.Encodings.Web;
using System.Text.Json;
using Identity.Core.Primitives;
using Identity.Server.Browser;
using Identity.Server.Pages.External.Providers;
using Identity.Server.Pages.Shared;

namespace Identity.Server.Pages.External;

/// <summary>A person whom another provider has authenticated and who is not linked here yet. Kept in an encrypted
/// cookie while they prove their account here.</summary>
/// <param name="Issuer">As the ID token names it; a constant for providers without one.</param>
/// <param name="Subject">Unique within the issuer. It is the only identifier: addresses and names are never
/// compared.</param>
/// <param name="ShownName">Their address or name there, so that they recognise it.</param>
/// <param name="ReturnUrl">The return URL.</param>
/// <param name="IsEmailVerified">Whether <paramref name="ShownName"/> is an address that the provider has
/// verified.</param>
/// <param name="FullName">Their name there, for a new account.</param>
internal sealed record ExternalIdentity(
    string Provider,
    string Issuer,
    string Subject,
    string? ShownName,
    string? ReturnUrl,
    bool IsEmailVerified = false,
    string? FullName = null
)
{
    private const string CookieName = "__Host-external";

    /// <summary>It has to fit, encrypted, into a cookie of 4 KB.</summary>
    private const int MaxReturnUrlLength = 1500;
    private const int MaxNameLength = 100;
    private const int MaxFullNameLength = 60;

    // The cookie is encrypted, so escapes for HTML would only make it longer.
    private static readonly JsonSerializerOptions Json = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(15);

    /// <summary>What is kept of a person: only what fits and has one line.</summary>
    public static ExternalIdentity Of(string provider, ExternalPerson person)
    {
        var email = Line(person.Email);
        var name = Line(person.Name);
        return new(
            provider,
            person.Issuer!,
            person.Subject!,
            Cut(email ?? name, MaxNameLength),
            null,
            person.IsEmailVerified && email is { Length: <= MaxNameLength } && EmailAddress.TryParse(email, out _),
            Cut(name, MaxFullNameLength)
        );
    }

    /// <summary>The verified address, or null.</summary>
    public EmailAddress? VerifiedEmail =>
        IsEmailVerified && EmailAddress.TryParse(ShownName, out var email) ? email : null;

    /// <summary>Keeps it for 15 minutes: enough to sign in here, or to register and confirm an address.</summary>
    public void Keep(HttpContext http, ProtectedCookies cookies) =>
        cookies.Keep(
            http,
            CookieName,
            JsonSerializer.Serialize(
                this with
                {
                    ReturnUrl = ReturnUrl is { Length: <= MaxReturnUrlLength } ? ReturnUrl : null,
                },
                Json
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

    private static string? Line(string? text) => UntrustedText.IsLine(text) ? text : null;

    // A pair of surrogates is not cut in two.
    private static string? Cut(string? text, int most) =>
        text is null || text.Length <= most ? text
        : char.IsHighSurrogate(text[most - 1]) ? text[..(most - 1)]
        : text[..most];
}
