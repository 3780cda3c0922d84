using System.Security.Claims;
using Identity.Core.Clients;
using Identity.Core.Grants;
using Identity.Core.Profile;
using Identity.Server.Protocol.Engine;
using Identity.Server.Protocol.Engine.Credentials;
using Identity.Server.Protocol.Tokens.AccessTokens;
using Identity.Server.Protocol.Tokens.Jose;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Identity.DuendeHost.Grants;

/// <summary>An access token of this provider, verified.</summary>
/// <param name="Signed">The signed form: the token behind a reference, or the token itself.</param>
internal sealed record KnownAccessToken(
    AccessTokenReference Reference,
    ClaimsPrincipal Principal,
    string Signed,
    DateTimeOffset ExpiresAt
);

/// <summary>Reads access tokens where a client presents them as a parameter: to revoke one or to ask about
/// it.</summary>
internal sealed class AccessTokens(
    Issuer issuer,
    ClientRegistry registry,
    SubjectIdentifiers subjects,
    RingCredentials credentials,
    ReferenceTokens references
)
{
    private static readonly JsonWebTokenHandler Handler = new() { MapInboundClaims = false };

    /// <summary>Null for any text that is not a live access token of this provider. No SQL command, and one for a
    /// reference.</summary>
    public async Task<KnownAccessToken?> ReadAsync(string text, CancellationToken cancellationToken)
    {
        var signed = await references.FindAsync(text, cancellationToken) ?? text;
        if (!ReadableJwt.Is(signed))
            return null;
        var result = await Handler.ValidateTokenAsync(
            signed,
            new TokenValidationParameters
            {
                ValidIssuer = issuer.Value,
                ValidateAudience = false,
                ValidTypes = ["at+jwt"],
                ClockSkew = TimeSpan.Zero,
                IssuerSigningKeys = credentials.Verifying.Select(static published => published.Key),
            }
        );
        if (!result.IsValid)
            return null;
        ClaimsPrincipal principal = new(result.ClaimsIdentity);
        return ReferenceOf(principal) is { } reference
            ? new(reference, principal, signed, result.SecurityToken.ValidTo)
            : null;
    }

    /// <summary>The query for the database, with the account behind a pairwise subject; null for an unknown
    /// form.</summary>
    public AccessTokenReference? ReferenceOf(ClaimsPrincipal verified)
    {
        if (
            registry.Find(verified.FindFirst("client_id")?.Value) is not { } client
            || !SubjectIdentifiers.IsPairwise(client)
            || verified.FindFirst(AccessTokenWriter.GrantIdClaim) is null
            || subjects.Find(client, verified.FindFirst("sub")?.Value) is not { } account
        )
            return AccessTokenReader.Read(verified);
        // First, so that no claim of the token may replace it.
        ClaimsIdentity resolved = new([new Claim(AccessTokenReader.AccountClaim, account.ToString("D"))]);
        return AccessTokenReader.Read(new([resolved, .. verified.Identities]));
    }
}
