using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Engine.Pipeline;

/// <summary> The steps of one event of the engine, in the order in which a request meets them. An own step runs
/// directly after the engine's step that is named before it, or directly before the first named one. Other steps of the
/// engine keep their places.
/// </summary>
internal sealed class PipelineStage<TContext>(OpenIddictServerBuilder server, ISet<(Type Event, int Order)> taken)
    where TContext : BaseContext
{
    private readonly List<Action<int>> _beforeFirst = [];
    private int? _place;
    private int _lastNamed = int.MinValue;

    /// <summary>A step of the engine, as a landmark: the own steps that follow run directly after it.</summary>
    /// <exception cref="InvalidOperationException">It belongs to another event, or precedes the landmark named last:
    /// the table would not show the true order.</exception>
    public PipelineStage<TContext> Engine(OpenIddictServerHandlerDescriptor landmark)
    {
        var name = landmark.ServiceDescriptor.ServiceType.Name;
        if (landmark.ContextType != typeof(TContext))
            throw new InvalidOperationException($"{name} is no step of {typeof(TContext).Name}.");
        if (landmark.Order < _lastNamed)
            throw new InvalidOperationException(
                $"{name} stands earlier in {typeof(TContext).Name} than the table says."
            );
        for (var i = 0; i < _beforeFirst.Count; i++)
            _beforeFirst[i](landmark.Order - _beforeFirst.Count + i);
        _beforeFirst.Clear();
        (_lastNamed, _place) = (landmark.Order, landmark.Order + 1);
        return this;
    }

    /// <summary>Removes a step of the engine.</summary>
    public PipelineStage<TContext> Without(OpenIddictServerHandlerDescriptor step)
    {
        server.RemoveEventHandler(step);
        return this;
    }

    /// <summary>Removes every step of the engine from this event, or states that it has none: only own steps
    /// run.</summary>
    public PipelineStage<TContext> WithoutEngine()
    {
        server.Configure(static options =>
            options.Handlers.RemoveAll(static handler =>
                handler.ContextType == typeof(TContext) && handler.Type == OpenIddictServerHandlerType.BuiltIn
            )
        );
        _place = 0;
        return this;
    }

    /// <summary>An own step, one instance for all requests.</summary>
    public PipelineStage<TContext> Run<THandler>()
        where THandler : class, IOpenIddictServerHandler<TContext> =>
        Place(order =>
            server.AddEventHandler<TContext>(handler => handler.UseSingletonHandler<THandler>().SetOrder(order))
        );

    /// <summary>An own step, one instance per request.</summary>
    public PipelineStage<TContext> RunScoped<THandler>()
        where THandler : class, IOpenIddictServerHandler<TContext> =>
        Place(order =>
            server.AddEventHandler<TContext>(handler => handler.UseScopedHandler<THandler>().SetOrder(order))
        );

    /// <summary>An own step with a filter, for an event that several endpoints share.</summary>
    public PipelineStage<TContext> RunWhen<TFilter, THandler>()
        where TFilter : class, IOpenIddictServerHandlerFilter<TContext>
        where THandler : class, IOpenIddictServerHandler<TContext> =>
        Place(order =>
            server.AddEventHandler<TContext>(handler =>
                handler.AddFilter<TFilter>().UseSingletonHandler<THandler>().SetOrder(order)
            )
        );

    /// <exception cref="InvalidOperationException">A step has no landmark.</exception>
    public void Close()
    {
        if (_beforeFirst.Count > 0)
            throw new InvalidOperationException($"{typeof(TContext).Name} names no step of the engine.");
    }

    private PipelineStage<TContext> Place(Action<int> add)
    {
        if (_place is { } place)
            _place = Add(add, place) + 1;
        else
            _beforeFirst.Add(order => Add(add, order));
        return this;
    }

    // Two endpoints may name the same landmark of a shared event. No two steps may have the same order, because the
    // engine's sort is not stable.
    private int Add(Action<int> add, int order)
    {
        while (!taken.Add((typeof(TContext), order)))
            order++;
        add(order);
        return order;
    }
}
