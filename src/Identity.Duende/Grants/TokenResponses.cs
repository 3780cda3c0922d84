using Duende.IdentityServer.Endpoints.Results;
using Duende.IdentityServer.Hosting;
using Duende.IdentityServer.ResponseHandling;
using Duende.IdentityServer.Validation;
using Identity.DuendeHost.Requests;
using Identity.Server.Protocol.Endpoints.Token;

namespace Identity.DuendeHost.Grants;

/// <summary>Writes the tokens of what was granted, as on the other engine: the same claims, the same keys.</summary>
internal sealed class TokenResponses(TokenAnswers answers, RequestState state, IHttpContextAccessor accessor)
    : ITokenResponseGenerator
{
    public async Task<TokenResponse> ProcessAsync(TokenRequestValidationResult validationResult)
    {
        var issuance =
            state.Issuance
            ?? throw new InvalidOperationException(
                $"No room granted a {validationResult.ValidatedRequest.GrantType} request."
            );
        var answer =
            await answers.WriteAsync(
                issuance,
                validationResult.ValidatedRequest.GrantType,
                accessor.Current().RequestAborted
            ) ?? throw new InvalidOperationException("Clients with encrypted ID tokens are not served by this host.");
        return new()
        {
            AccessToken = answer.AccessToken,
            AccessTokenType = answer.TokenType,
            AccessTokenLifetime = (int)answer.ExpiresIn,
            RefreshToken = answer.RefreshToken,
            IdentityToken = answer.IdToken,
            Scope = answer.Scope!,
        };
    }
}

/// <summary>Answers a refused token or device request (RFC 6749 section 5.2).</summary>
internal sealed class TokenErrors(Refusals refusals, RequestState state) : IHttpResponseWriter<TokenErrorResult>
{
    public Task WriteHttpResponse(TokenErrorResult result, HttpContext context)
    {
        var answer = result.Response;
        return refusals.WriteAsync(
            context,
            refusals.Note(context, answer.Error, answer.ErrorDescription, state.Client?.Id)
        );
    }
}
