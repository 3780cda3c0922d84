using Identity.Server.Protocol.Denials;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Extensions.Par;

/// <summary> Checks a pushed request by every rule of the authorize endpoint (RFC 9126 section 2.1), so that none can
/// be forgotten here. The rule that authenticates the client is among them; at this endpoint it requires the same as at
/// the token endpoint.
/// </summary>
internal sealed class ValidateAsAuthorizationRequest(IOpenIddictServerDispatcher dispatcher)
    : IOpenIddictServerHandler<ValidatePushedAuthorizationRequestContext>
{
    public async ValueTask HandleAsync(ValidatePushedAuthorizationRequestContext context)
    {
        if (!string.IsNullOrEmpty(context.Request.RequestUri))
        {
            context.Deny(
                new(
                    nameof(ValidateAsAuthorizationRequest),
                    OpenIddictConstants.Errors.InvalidRequest,
                    "A pushed request is no request_uri itself.",
                    "no request_uri",
                    "a request_uri"
                )
            );
            return;
        }

        ValidateAuthorizationRequestContext judged = new(context.Transaction);
        await dispatcher.DispatchAsync(judged);
        context.Transaction.SetProperty(typeof(ValidateAuthorizationRequestContext).FullName!, judged);
        if (judged.IsRejected)
        {
            context.Reject(judged.Error, judged.ErrorDescription, judged.ErrorUri);
            return;
        }

        context.SetRedirectUri(judged.RedirectUri!);
        context.IdentityTokenHintPrincipal = judged.IdentityTokenHintPrincipal;
    }
}
