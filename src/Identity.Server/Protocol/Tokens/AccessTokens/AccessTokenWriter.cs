using Identity.Core.Clients;
using Identity.Core.Keys;
using Identity.Core.Profile;
using Identity.Server.Protocol.Engine;
using Identity.Server.Protocol.Tokens.IdTokens;
using Identity.Server.Protocol.Tokens.Jose;
using Identity.Server.Protocol.Tokens.Signing;
using Microsoft.Extensions.Options;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Identity.Server.Protocol.Tokens.AccessTokens;

/// <summary> Writes access tokens: signed JWTs of RFC 9068 (<c>at+jwt</c>) with the claims listed here and no others
/// (TK-4). The engine's own would leak private claims and copy the principal several times.
/// </summary>
internal sealed class AccessTokenWriter(
    Issuer issuer,
    IJwtSigner signer,
    ClientRegistry registry,
    IProfileService profile,
    TimeProvider time,
    IOptions<KeysOptions> options
)
{
    /// <summary>The claim that links an access token to its grant, so that it ends with the grant (TK-3).</summary>
    public const string GrantIdClaim = "grant_id";

    public string Write(TokenIssuance issuance)
    {
        var now = time.GetUtcNow();
        Dictionary<string, object?> claims = new(JwtClaims.Usual, StringComparer.Ordinal);
        if (issuance.Grant is not null)
            AddPerson(claims, issuance);
        // Last, so that no claim of a scope can replace them.
        claims[Claims.Issuer] = issuer.Value;
        claims[Claims.Subject] = issuance.Subject;
        claims[Claims.Audience] = issuance.Audiences is [var only] ? only : issuance.Audiences.ToArray();
        claims[Claims.ExpiresAt] = (now + issuance.LifetimeAt(now)).ToUnixTimeSeconds();
        claims[Claims.IssuedAt] = now.ToUnixTimeSeconds();
        claims[Claims.JwtId] = Guid.NewGuid().ToString("N");
        claims[Claims.ClientId] = issuance.Client.Id;
        if (issuance.Scopes.Count > 0)
            claims[Claims.Scope] = string.Join(' ', issuance.Scopes);
        if (issuance.Key is { } key)
            claims["cnf"] = key.ToClaim();
        if (issuance.Actor is { } actor)
            claims["act"] = actor;
        if (issuance.AuthorizationDetails is { } details)
            claims["authorization_details"] = details;
        return signer.Sign(AlgorithmFor(issuance.Client), "at+jwt", JwtClaims.Write(claims));
    }

    /// <summary>The signing algorithm of this client's access tokens. FAPI 2.0 security profile 5.4 forbids RS256,
    /// whatever others use.</summary>
    public string AlgorithmFor(Client client) =>
        client.Profile == ClientProfile.Fapi2 && options.Value.AccessTokenAlgorithm == SigningAlgorithm.RS256
            ? SigningAlgorithm.ES256
            : options.Value.AccessTokenAlgorithm;

    private void AddPerson(Dictionary<string, object?> claims, TokenIssuance issuance)
    {
        var grant = issuance.Grant!;
        var requested = registry.Catalog.AccessTokenClaimsOf(issuance.Scopes);
        foreach (
            var (name, value) in profile.GetProfileData(
                new(grant.Subject, issuance.Client, issuance.Scopes, requested, ProfileCaller.AccessToken)
            )
        )
            claims[name] = value;
        SessionClaims.Add(claims, grant);
        if (NamedClaims.OfUserInfo(grant.Details, issuance.Client) is { Count: > 0 } named)
            claims[NamedClaims.AccessTokenClaim] = named.ToArray();
        claims[GrantIdClaim] = grant.FamilyId.ToString("D");
    }
}
