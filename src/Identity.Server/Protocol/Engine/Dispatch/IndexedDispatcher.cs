using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Engine.Dispatch;

/// <summary> Runs the handlers of an event in the engine's order, each if all its filters accept, until one ends the
/// event. The engine's own dispatcher does the same, but it iterates over the handlers of all events each time and
/// resolves each handler and filter again.
/// </summary>
internal sealed class IndexedDispatcher(HandlerIndex index, IServiceProvider request) : IOpenIddictServerDispatcher
{
    public async ValueTask DispatchAsync<TContext>(TContext context)
        where TContext : BaseContext
    {
        ArgumentNullException.ThrowIfNull(context);
        foreach (var step in index.StepsOf<TContext>())
        {
            if (!await step.IsActiveAsync(context, request))
                continue;
            await step.HandlerOf(request).HandleAsync(context);
            if (IsOver(context))
                return;
        }
    }

    private static bool IsOver(BaseContext context) =>
        context is BaseRequestContext ended
        && (ended.IsRequestHandled || ended.IsRequestSkipped || context is BaseValidatingContext { IsRejected: true });
}
