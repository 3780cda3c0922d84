using Identity.Server.Protocol.Denials;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Endpoints.Authorize;

/// <summary> An <c>id_token_hint</c> that cannot be verified is an error (OIDC Core 3.1.2.1): it names a person, and
/// without it the answer could be about another one. The engine would ignore it. An expired hint is verified like any
/// other.
/// </summary>
internal sealed class RequireVerifiedHint : IOpenIddictServerHandler<ValidateAuthorizationRequestContext>
{
    public ValueTask HandleAsync(ValidateAuthorizationRequestContext context)
    {
        if (!string.IsNullOrEmpty(context.Request.IdTokenHint) && context.IdentityTokenHintPrincipal is null)
        {
            context.Deny(
                new(
                    nameof(RequireVerifiedHint),
                    OpenIddictConstants.Errors.InvalidRequest,
                    "The id_token_hint is not an ID token of this provider.",
                    "an ID token signed by a published key",
                    "one that cannot be verified"
                )
            );
        }
        return ValueTask.CompletedTask;
    }
}
