using Identity.Core.Grants;
using Microsoft.AspNetCore;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Requests.ErrorAnswers;

/// <summary>Shows the person the error page for an error of authorize or end session that must not be returned to a
/// client.</summary>
internal sealed class ShowLocalError<TContext> : IOpenIddictServerHandler<TContext>
    where TContext : BaseRequestContext
{
    public async ValueTask HandleAsync(TContext context)
    {
        if (
            context.Transaction.Response is not { Error: { } error } response
            || context.Transaction.GetHttpRequest() is not { } request
        )
            return;
        await LocalError.WriteAsync(request.HttpContext, new ProtocolError(error, response.ErrorDescription));
        context.HandleRequest();
    }
}
