using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Identity.Core.Profile;
using Identity.Server.Protocol.Engine;
using Identity.Server.Protocol.Tokens.Jose;
using Identity.Server.Protocol.Tokens.Signing;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Identity.Server.Protocol.Tokens.IdTokens;

/// <summary> Writes ID tokens (OIDC Core 2) in the algorithm that the client registered. They state who signed in, how
/// and when; other claims of the scopes come from userinfo (OIDC Core 5.4).
/// </summary>
internal sealed class IdTokenWriter(Issuer issuer, IJwtSigner signer, IProfileService profile, TimeProvider time)
{
    public string Write(TokenIssuance issuance, string accessToken)
    {
        var grant = issuance.Grant ?? throw new InvalidOperationException("An ID token is about a person.");
        var now = time.GetUtcNow();
        Dictionary<string, object?> claims = new(JwtClaims.Usual, StringComparer.Ordinal);
        foreach (
            var (name, value) in profile.GetProfileData(
                new(
                    grant.Subject,
                    issuance.Client,
                    issuance.Scopes,
                    NamedClaims.OfIdToken(grant.Details, issuance.Client),
                    ProfileCaller.IdToken
                )
            )
        )
            claims[name] = value;
        // Last, so that no claim of a profile service can replace them.
        claims[Claims.Issuer] = issuer.Value;
        claims[Claims.Subject] = issuance.Subject;
        claims[Claims.Audience] = issuance.Client.Id;
        claims[Claims.ExpiresAt] = (now + issuance.Client.IdTokenLifetime).ToUnixTimeSeconds();
        claims[Claims.IssuedAt] = now.ToUnixTimeSeconds();
        claims[Claims.AccessTokenHash] = HashOf(accessToken);
        SessionClaims.Add(claims, grant);
        if (grant.Nonce is { } nonce)
            claims[Claims.Nonce] = nonce;
        return signer.Sign(issuance.Client.IdTokenSignedResponseAlg, "JWT", JwtClaims.Write(claims));
    }

    /// <summary>The left half of the SHA-256 (OIDC Core 3.1.3.6): every supported algorithm has that digest
    /// size.</summary>
    private static string HashOf(string token) =>
        Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(token)).AsSpan(0, SHA256.HashSizeInBytes / 2));
}
