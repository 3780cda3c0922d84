using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Engine.Dispatch;

/// <summary>The handlers of the engine by event, as in the current options. Singleton handlers and filters are resolved
/// from the container once.</summary>
internal sealed class HandlerIndex(
    IOptionsMonitor<OpenIddictServerOptions> options,
    RegisteredSingletons singletons,
    IServiceProvider program
)
{
    private Snapshot? _current;

    /// <summary>The steps of an event, in the order in which they run.</summary>
    public HandlerStep<TContext>[] StepsOf<TContext>()
        where TContext : BaseContext
    {
        // The options are rebuilt with every change of the signing keys.
        var now = options.CurrentValue;
        var snapshot = Volatile.Read(ref _current);
        if (snapshot?.Options != now)
            Volatile.Write(ref _current, snapshot = new(now));
        return snapshot.Steps.TryGetValue(typeof(TContext), out var steps)
            ? (HandlerStep<TContext>[])steps
            : Add<TContext>(snapshot);
    }

    private HandlerStep<TContext>[] Add<TContext>(Snapshot snapshot)
        where TContext : BaseContext
    {
        HandlerStep<TContext>[] steps =
        [
            .. snapshot
                .Options.Handlers.Where(static handler => handler.ContextType == typeof(TContext))
                .Select(StepOf<TContext>),
        ];
        snapshot.Steps[typeof(TContext)] = steps;
        return steps;
    }

    private HandlerStep<TContext> StepOf<TContext>(OpenIddictServerHandlerDescriptor handler)
        where TContext : BaseContext
    {
        var service = handler.ServiceDescriptor;
        return new(
            PartOf<IOpenIddictServerHandler<TContext>>(service.ServiceType, service.ImplementationInstance),
            [.. handler.FilterTypes.Select(type => PartOf<IOpenIddictServerHandlerFilter<TContext>>(type, null))]
        );
    }

    private HandlerPart<T> PartOf<T>(Type service, object? instance)
        where T : class => new(service, (T?)(instance ?? SingletonOf(service)));

    private object? SingletonOf(Type service) => singletons.Contains(service) ? program.GetService(service) : null;

    private sealed record Snapshot(OpenIddictServerOptions Options)
    {
        public ConcurrentDictionary<Type, object> Steps { get; } = [];
    }
}

/// <summary>The services that are singletons.</summary>
internal sealed class RegisteredSingletons(IServiceCollection services)
{
    private readonly Lazy<HashSet<Type>> _types = new(() =>
        [
            .. services
                .Where(static service => !service.IsKeyedService)
                .GroupBy(static service => service.ServiceType)
                .Where(static registrations => registrations.Last().Lifetime == ServiceLifetime.Singleton)
                .Select(static registrations => registrations.Key),
        ]
    );

    public bool Contains(Type service) => _types.Value.Contains(service);
}

/// <summary>A handler or a filter.</summary>
/// <param name="Service">Its service type.</param>
/// <param name="Singleton">The singleton instance; null if each request has its own.</param>
internal readonly record struct HandlerPart<T>(Type Service, T? Singleton)
    where T : class
{
    /// <summary>The instance for a request.</summary>
    public T Of(IServiceProvider request) => Singleton ?? (T)request.GetRequiredService(Service);
}

/// <summary>One handler of an event, and its filters, which must all accept.</summary>
internal sealed class HandlerStep<TContext>(
    HandlerPart<IOpenIddictServerHandler<TContext>> handler,
    HandlerPart<IOpenIddictServerHandlerFilter<TContext>>[] filters
)
    where TContext : BaseContext
{
    public IOpenIddictServerHandler<TContext> HandlerOf(IServiceProvider request) => handler.Of(request);

    public ValueTask<bool> IsActiveAsync(TContext context, IServiceProvider request) =>
        filters.Length == 0 ? ValueTask.FromResult(true) : JudgeAsync(context, request);

    private async ValueTask<bool> JudgeAsync(TContext context, IServiceProvider request)
    {
        foreach (var filter in filters)
        {
            if (!await filter.Of(request).IsActiveAsync(context))
                return false;
        }
        return true;
    }
}
