using System.Text.Json;
using Identity.Core.Clients;
using Identity.Server.Protocol.Engine;
using Identity.Server.Protocol.Tokens;
using Identity.Server.Protocol.Tokens.AccessTokens;
using Identity.Server.Protocol.Tokens.IdTokens;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Identity.Server.Protocol.Endpoints.Token;

/// <summary>What the token endpoint says when it grants (RFC 6749 5.1, OIDC Core 3.1.3.3). Null members are left
/// out.</summary>
/// <param name="ExpiresIn">In seconds.</param>
internal sealed record TokenAnswer(
    string AccessToken,
    string TokenType,
    long ExpiresIn,
    string? Scope,
    string? RefreshToken,
    string? IdToken,
    JsonElement? AuthorizationDetails,
    string? IssuedTokenType
)
{
    /// <summary>Redacted.</summary>
    public override string ToString() => "TokenAnswer";
}

/// <summary>Writes the tokens of an issuance.</summary>
internal sealed class TokenAnswers(
    AccessTokenWriter accessTokens,
    ReferenceTokens references,
    IdTokenWriter idTokens,
    IdTokenEncryption encryption,
    TimeProvider time
)
{
    /// <summary>The answer; null where the ID token must be encrypted and the client has no key for it. One SQL command
    /// for a reference token, none otherwise.</summary>
    /// <param name="grantType">For the count of what was issued.</param>
    public async ValueTask<TokenAnswer?> WriteAsync(
        TokenIssuance issuance,
        string? grantType,
        CancellationToken cancellationToken
    )
    {
        var signed = accessTokens.Write(issuance);
        var lifetime = issuance.LifetimeAt(time.GetUtcNow());
        var accessToken =
            issuance.Client.AccessTokenFormat == AccessTokenFormat.Reference
                ? await references.KeepAsync(issuance, signed, lifetime, cancellationToken)
                : signed;
        var idToken = HasIdToken(issuance)
            ? await encryption.EncryptAsync(issuance.Client, idTokens.Write(issuance, accessToken), cancellationToken)
            : null;
        if (idToken is null && HasIdToken(issuance))
            return null;
        ProtocolMetrics.CountIssued(issuance.Client, grantType);
        return new(
            accessToken,
            issuance.Key?.TokenType ?? TokenTypes.Bearer,
            (long)lifetime.TotalSeconds,
            issuance.Scopes.Count > 0 ? string.Join(' ', issuance.Scopes) : null,
            issuance.RefreshToken,
            idToken,
            issuance.AuthorizationDetails,
            issuance.IssuedTokenType
        );
    }

    private static bool HasIdToken(TokenIssuance issuance) =>
        issuance.Grant is not null && issuance.IssuedTokenType is null && issuance.Scopes.Contains(Scopes.OpenId);
}
