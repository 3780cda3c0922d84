using Identity.Server.Protocol.Denials;
using Microsoft.AspNetCore;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Endpoints.Introspection;

/// <summary>A token to introspect is posted (RFC 7662 2.1); the engine would take it from a URL too, where logs keep
/// it.</summary>
internal sealed class RequirePost : IOpenIddictServerHandler<ExtractIntrospectionRequestContext>
{
    public ValueTask HandleAsync(ExtractIntrospectionRequestContext context)
    {
        if (context.Transaction.GetHttpRequest() is { } request && !HttpMethods.IsPost(request.Method))
            context.Deny(
                new(
                    nameof(RequirePost),
                    OpenIddictConstants.Errors.InvalidRequest,
                    "The token must be sent by POST.",
                    "POST",
                    request.Method
                )
            );
        return ValueTask.CompletedTask;
    }
}
