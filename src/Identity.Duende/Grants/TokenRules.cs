using Duende.IdentityServer.Validation;
using Identity.Core.Clients;
using Identity.DuendeHost.Requests;
using Identity.Server.Protocol.Grants;

namespace Identity.DuendeHost.Grants;

/// <summary>After Duende's checks of a token request: what a client may get for itself is decided by the rules of this
/// provider. No SQL.</summary>
internal sealed class TokenRules(ClientOwnTokens own, RequestState state) : ICustomTokenRequestValidator
{
    public Task ValidateAsync(CustomTokenRequestValidationContext context)
    {
        var result = context.Result!;
        if (result.ValidatedRequest.GrantType != ClientGrantType.ClientCredentials)
            return Task.CompletedTask;
        var raw = result.ValidatedRequest.Raw;
        var scopes = raw["scope"]?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];
        switch (own.Decide(state.Client!, scopes, raw.GetValues("resource") ?? []))
        {
            case ClientOwnToken.Granted granted:
                state.Issuance = granted.Issuance with { Key = state.Key };
                break;
            case ClientOwnToken.ScopeExceeded excess:
                Refuse(
                    result,
                    "invalid_scope",
                    "A scope is unknown, the client is not registered for it, or it needs a person.",
                    excess.Scope
                );
                break;
            default:
                Refuse(
                    result,
                    "invalid_target",
                    "A resource is neither opened by the scopes nor registered for the client.",
                    null
                );
                break;
        }
        return Task.CompletedTask;
    }

    private void Refuse(TokenRequestValidationResult result, string error, string description, string? received)
    {
        state.Denial = new(nameof(TokenRules), error, description, null, received);
        (result.IsError, result.Error, result.ErrorDescription) = (true, error, description);
    }
}
