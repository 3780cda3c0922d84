using System.Security.Claims;
using System.Text.Json;

namespace Identity.Server.Pages.External.Providers;

/// <summary>Reads a person from an ID token, and from userinfo what the ID token lacks.</summary>
internal static class OpenIdConnectPerson
{
    private const string Gmail = "@gmail.com";

    /// <summary>The person of a validated ID token.</summary>
    public static ExternalPerson OfIdToken(ExternalProviderType type, ClaimsPrincipal token) =>
        new(
            // Google documents two spellings of its issuer.
            type == ExternalProviderType.Google
                ? ExternalProviderTraits.Of(type).Authority
                : token.FindFirst("iss")?.Value,
            type == ExternalProviderType.Microsoft
                ? EntraTokens.SubjectOf(token.FindFirst("oid")?.Value, token.FindFirst(EntraTokens.TenantClaim)?.Value)
                : token.FindFirst("sub")?.Value,
            token.FindFirst("name")?.Value,
            token.FindFirst("email")?.Value,
            IsVerified(type, claim => token.FindFirst(claim)?.Value)
        );

    /// <summary>Adds what only userinfo says. An address and its flag always come from the same answer.</summary>
    public static ExternalPerson WithUserInfo(this ExternalPerson person, ExternalProviderType type, JsonElement info)
    {
        person = person with { Name = person.Name ?? info.TextOf("name") };
        return person.Email is null
            ? person with
            {
                Email = info.TextOf("email"),
                IsEmailVerified = IsVerified(type, name => info.TextOf(name)),
            }
            : person;
    }

    private static bool IsVerified(ExternalProviderType type, Func<string, string?> claim) =>
        type switch
        {
            // Entra's email is whatever an administrator typed, unless the optional claim says that the tenant has
            // proved its domain.
            ExternalProviderType.Microsoft => claim("xms_edov")?.ToUpperInvariant() is "TRUE" or "1",
            // Google is authoritative for gmail.com and for addresses that an organisation hosts there (hd). Other
            // addresses it verified once; they may have passed to somebody else.
            ExternalProviderType.Google => IsTrue(claim("email_verified"))
                && (
                    claim("hd") is { Length: > 0 }
                    || claim("email")?.EndsWith(Gmail, StringComparison.OrdinalIgnoreCase) == true
                ),
            // Apple's relay addresses are verified as well: mail to them reaches the person.
            _ => IsTrue(claim("email_verified")),
        };

    // Apple and LinkedIn send the flag as a text at times, whose spelling varies.
    private static bool IsTrue(string? flag) => string.Equals(flag, "true", StringComparison.OrdinalIgnoreCase);
}
