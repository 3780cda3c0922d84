using Microsoft.AspNetCore;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Extensions.Par;

/// <summary> Completes a stored request when an answer, a code or an error, is sent to the client. Of several at once,
/// one is sent; the codes of the others are never returned and expire within a minute.
/// </summary>
internal sealed class CompleteStoredRequest(PushedRequests pushed)
    : IOpenIddictServerHandler<ApplyAuthorizationResponseContext>
{
    public async ValueTask HandleAsync(ApplyAuthorizationResponseContext context)
    {
        if (
            context.RedirectUri is null
            || context.Transaction.GetStoredRequest() is not { } stored
            || context.Request?.ClientId is not { } clientId
        )
            return;
        if (
            await pushed.FinishAsync(
                stored.RequestUri,
                clientId,
                context.Transaction.GetHttpRequest()!.HttpContext.RequestAborted
            )
        )
            return;
        context.RedirectUri = null;
        context.Response = new OpenIddictResponse
        {
            Error = OpenIddictConstants.Errors.InvalidRequestUri,
            ErrorDescription = "This request has been answered already.",
        };
    }
}
