using Duende.IdentityServer.Validation;
using Identity.Core.Clients;
using Identity.DuendeHost.Requests;
using Identity.Server.Protocol.Denials;
using Identity.Server.Protocol.Endpoints.Authorize.Decision;
using Identity.Server.Protocol.Extensions.ClaimsParameter;
using Identity.Server.Protocol.Extensions.Dpop;
using Identity.Server.Protocol.Requests.Authorization;
using Identity.Server.Protocol.Tokens.IdTokens;
using CoreClient = Identity.Core.Clients.Client;

namespace Identity.DuendeHost.Authorize;

/// <summary>The rules of this provider for an authorization request, pushed or not, after Duende's own.</summary>
internal sealed class AuthorizeRules(
    ClientRegistry registry,
    ClaimsParameterRule claims,
    IdTokenHints hints,
    RequestState state
) : ICustomAuthorizeRequestValidator
{
    public async Task ValidateAsync(CustomAuthorizeRequestValidationContext context)
    {
        var validated = context.Result!.ValidatedRequest;
        AuthorizationParameters request = new(validated.Raw.Pairs());
        var client = registry.Find(validated.ClientId)!;
        var denial = Check(client, request) ?? claims.Check(client, request.Claims) ?? await CheckHintAsync(request);
        if (denial is null)
            return;
        state.Denial = denial;
        context.Result = new(validated, denial.Error, denial.Description);
    }

    private static Denial? Check(CoreClient client, AuthorizationParameters request)
    {
        if (request["response_type"] != "code")
            return Refuse("unsupported_response_type", "The response_type is not supported.", "code");
        if (request["response_mode"] is { Length: > 0 } mode && !client.ResponseModes.Contains(mode))
            return Refuse(
                "invalid_request",
                "The client is not registered for this response_mode.",
                string.Join(' ', client.ResponseModes)
            );
        if (request is { MaxAgeText: not null, MaxAge: null })
            return Refuse("invalid_request", "The max_age is not a whole number of seconds.", "0 to 2147483647");
        if (ValidateDpopKeyParameter.Problem(request.DpopKeyThumbprint))
            return Refuse("invalid_request", "dpop_jkt is not the SHA-256 thumbprint of a key.", "43 characters");
        return CodeChallengeRule.Check(client, request.CodeChallenge, request.Nonce, request.Scopes.Contains("openid"));
    }

    // A hint names a person: without it the answer could be about another one (OIDC Core 3.1.2.1).
    private async Task<Denial?> CheckHintAsync(AuthorizationParameters request)
    {
        if (request["id_token_hint"] is not { Length: > 0 } token)
            return null;
        state.Hint = await hints.ReadAsync(token);
        return state.Hint is null
            ? Refuse(
                "invalid_request",
                "The id_token_hint is not an ID token of this provider.",
                "an ID token signed by a published key"
            )
            : null;
    }

    private static Denial Refuse(string error, string description, string expected) =>
        new(nameof(AuthorizeRules), error, description, expected, "another");
}
