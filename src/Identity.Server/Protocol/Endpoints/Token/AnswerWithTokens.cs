using Identity.Server.Protocol.Denials;
using Identity.Server.Protocol.Tokens;
using Identity.Server.Protocol.Tokens.IdTokens;
using Microsoft.AspNetCore;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Endpoints.Token;

/// <summary>Puts our answer of the token endpoint in place of the engine's own token generation.</summary>
internal sealed class AnswerWithTokens(TokenAnswers answers) : IOpenIddictServerHandler<ProcessSignInContext>
{
    public async ValueTask HandleAsync(ProcessSignInContext context)
    {
        (context.GenerateAccessToken, context.IncludeAccessToken) = (false, false);
        (context.GenerateRefreshToken, context.IncludeRefreshToken) = (false, false);
        (context.GenerateIdentityToken, context.IncludeIdentityToken) = (false, false);
        (context.GenerateIssuedToken, context.IncludeIssuedToken) = (false, false);

        var issuance = context.Transaction.GetIssuance();
        var cancellation = context.Transaction.GetHttpRequest()!.HttpContext.RequestAborted;
        if (await answers.WriteAsync(issuance, context.Transaction.Request?.GrantType, cancellation) is not { } answer)
        {
            context.Deny(IdTokenEncryption.Refusal(issuance.Client));
            return;
        }
        var response = context.Response;
        response.AccessToken = answer.AccessToken;
        response.TokenType = answer.TokenType;
        response.ExpiresIn = answer.ExpiresIn;
        response.Scope = answer.Scope;
        response.RefreshToken = answer.RefreshToken;
        response.IdToken = answer.IdToken;
        if (answer.AuthorizationDetails is { } details)
            response["authorization_details"] = details;
        response.IssuedTokenType = answer.IssuedTokenType;
    }
}
