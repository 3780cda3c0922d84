using Identity.Server.Protocol.Engine;
using Identity.Server.Protocol.Engine.Credentials;
using Identity.Server.Protocol.Tokens.Jose;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Identity.Server.Protocol.Tokens.IdTokens;

/// <summary>What a verified ID token says about a sign-in.</summary>
/// <param name="ClientId">The client that got it.</param>
/// <param name="SessionId">Its <c>sid</c>; null if it has none.</param>
internal sealed record IdTokenHint(string ClientId, string Subject, string? SessionId);

/// <summary>Reads ID tokens of this provider that come back as hints. An ID token stays usable as a hint after it has
/// expired (OIDC Core 3.1.2.1, RP-Initiated Logout 2, CIBA Core 7.1).</summary>
internal sealed class IdTokenHints(Issuer issuer, RingCredentials credentials)
{
    private static readonly JsonWebTokenHandler Handler = new() { MapInboundClaims = false };

    /// <summary>Null for any text that is not an ID token of this provider.</summary>
    public async Task<IdTokenHint?> ReadAsync(string? token)
    {
        if (token is null || !ReadableJwt.Is(token))
            return null;
        var result = await Handler.ValidateTokenAsync(
            token,
            new TokenValidationParameters
            {
                ValidIssuer = issuer.Value,
                // The caller judges for whom the token is.
                ValidateAudience = false,
                ValidTypes = ["JWT"],
                ValidateLifetime = false,
                RequireExpirationTime = true,
                IssuerSigningKeys = credentials.Verifying.Select(static published => published.Key),
            }
        );
        return
            result.IsValid
            && result.SecurityToken is JsonWebToken { Subject: { Length: > 0 } subject } jwt
            && jwt.Audiences.Take(2).ToArray() is [{ } audience]
            ? new(audience, subject, jwt.TryGetPayloadValue<string>(SessionClaims.SessionId, out var sid) ? sid : null)
            : null;
    }
}
