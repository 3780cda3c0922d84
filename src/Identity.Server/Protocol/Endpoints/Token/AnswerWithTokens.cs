using Identity.Core.Clients;
using Identity.Server.Protocol.Denials;
using Identity.Server.Protocol.Engine;
using Identity.Server.Protocol.Tokens;
using Identity.Server.Protocol.Tokens.AccessTokens;
using Identity.Server.Protocol.Tokens.IdTokens;
using Microsoft.AspNetCore;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Endpoints.Token;

/// <summary>Writes the answer of the token endpoint (RFC 6749 5.1, OIDC Core 3.1.3.3) instead of the engine's token
/// generation.</summary>
internal sealed class AnswerWithTokens(
    AccessTokenWriter accessTokens,
    ReferenceTokens references,
    IdTokenWriter idTokens,
    IdTokenEncryption encryption,
    TimeProvider time
) : IOpenIddictServerHandler<ProcessSignInContext>
{
    public async ValueTask HandleAsync(ProcessSignInContext context)
    {
        (context.GenerateAccessToken, context.IncludeAccessToken) = (false, false);
        (context.GenerateRefreshToken, context.IncludeRefreshToken) = (false, false);
        (context.GenerateIdentityToken, context.IncludeIdentityToken) = (false, false);
        (context.GenerateIssuedToken, context.IncludeIssuedToken) = (false, false);

        var issuance = context.Transaction.GetIssuance();
        var response = context.Response;
        var cancellation = context.Transaction.GetHttpRequest()!.HttpContext.RequestAborted;
        var signed = accessTokens.Write(issuance);
        var lifetime = issuance.LifetimeAt(time.GetUtcNow());
        var accessToken =
            issuance.Client.AccessTokenFormat == AccessTokenFormat.Reference
                ? await references.KeepAsync(issuance, signed, lifetime, cancellation)
                : signed;
        if (issuance.Grant is not null && issuance.IssuedTokenType is null && issuance.Scopes.Contains(Scopes.OpenId))
        {
            if (
                await encryption.EncryptAsync(issuance.Client, idTokens.Write(issuance, accessToken), cancellation)
                is not { } idToken
            )
            {
                context.Deny(IdTokenEncryption.Refusal(issuance.Client));
                return;
            }
            response.IdToken = idToken;
        }
        response.AccessToken = accessToken;
        response.TokenType = issuance.Key?.TokenType ?? TokenTypes.Bearer;
        response.ExpiresIn = (long)lifetime.TotalSeconds;
        response.Scope = issuance.Scopes.Count > 0 ? string.Join(' ', issuance.Scopes) : null;
        response.RefreshToken = issuance.RefreshToken;
        if (issuance.AuthorizationDetails is { } details)
            response["authorization_details"] = details;
        response.IssuedTokenType = issuance.IssuedTokenType;
        ProtocolMetrics.CountIssued(issuance.Client.Id, context.Transaction.Request?.GrantType);
    }
}
