using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Requests.Parsing;

/// <summary> <c>audience</c> is a parameter of token exchange (RFC 8693 section 2.1). Elsewhere it is ignored like
/// every unknown parameter (RFC 6749 section 3.1). Clients written for other providers send it; the engine would refuse
/// them.
/// </summary>
internal sealed class IgnoreAudience<TContext> : IOpenIddictServerHandler<TContext>
    where TContext : BaseValidatingContext
{
    public ValueTask HandleAsync(TContext context)
    {
        if (context.Transaction.Request is { } request && !request.IsTokenExchangeGrantType())
            request.RemoveParameter(OpenIddictConstants.Parameters.Audience);
        return ValueTask.CompletedTask;
    }
}
