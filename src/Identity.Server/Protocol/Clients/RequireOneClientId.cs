using Identity.Server.Protocol.Denials;
using Microsoft.AspNetCore;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Clients;

/// <summary> A request speaks for one client: a <c>client_id</c> in the form must be the one that authenticates by HTTP
/// Basic (RFC 6749 section 3.2.1). The engine uses the header and ignores the form, so a misconfigured client would get
/// another client's tokens.
/// </summary>
internal sealed class RequireOneClientId<TContext> : IOpenIddictServerHandler<TContext>
    where TContext : BaseValidatingContext
{
    public ValueTask HandleAsync(TContext context)
    {
        if (
            context.Transaction.GetHttpRequest() is { HasFormContentType: true } http
            && http.Form[OpenIddictConstants.Parameters.ClientId] is [{ Length: > 0 } named]
            && context.Transaction.Request?.ClientId is { Length: > 0 } authenticated
            && !string.Equals(named, authenticated, StringComparison.Ordinal)
        )
        {
            context.Deny(
                new(
                    nameof(RequireOneClientId<>),
                    OpenIddictConstants.Errors.InvalidRequest,
                    "The client_id of the form is not the client that authenticates.",
                    authenticated,
                    named
                )
            );
        }
        return ValueTask.CompletedTask;
    }
}
