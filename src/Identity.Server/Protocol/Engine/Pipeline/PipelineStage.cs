using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Engine.Pipeline;

/// <summary>
/// The steps of one event of the engine, in the order in which a request meets them. A step of ours stands directly
/// after the engine's step that is named before it, or directly before the first one that is named. Steps of the engine
/// that are not named keep their places.
/// </summary>
internal sealed class PipelineStage<TContext>(OpenIddictServerBuilder server, ISet<(Type Event, int Order)> taken)
    where TContext : BaseContext
{
    private readonly List<Action<int>> _beforeFirst = [];
    private int? _place;
    private int _lastNamed = int.MinValue;

    /// <summary>A step of the engine, as a landmark: the steps of ours that follow run directly after it.</summary>
    /// <exception cref="InvalidOperationException">It belongs to another event, or stands before the landmark that was
    /// named last: the table does not tell the true order.</exception>
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

    /// <summary>Takes a step of the engine out.</summary>
    public PipelineStage<TContext> Without(OpenIddictServerHandlerDescriptor step)
    {
        server.RemoveEventHandler(step);
        return this;
    }

    /// <summary>Takes every step of the engine out of this event, or says that it has none: ours stand alone.</summary>
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

    /// <summary>A step of ours, one instance for all requests.</summary>
    public PipelineStage<TContext> Run<THandler>()
        where THandler : class, IOpenIddictServerHandler<TContext> =>
        Place(order =>
            server.AddEventHandler<TContext>(handler => handler.UseSingletonHandler<THandler>().SetOrder(order))
        );

    /// <summary>A step of ours, one instance for each request.</summary>
    public PipelineStage<TContext> RunScoped<THandler>()
        where THandler : class, IOpenIddictServerHandler<TContext> =>
        Place(order =>
            server.AddEventHandler<TContext>(handler => handler.UseScopedHandler<THandler>().SetOrder(order))
        );

    /// <summary>A step of ours that the filter admits, in an event that several endpoints share.</summary>
    public PipelineStage<TContext> RunWhen<TFilter, THandler>()
        where TFilter : class, IOpenIddictServerHandlerFilter<TContext>
        where THandler : class, IOpenIddictServerHandler<TContext> =>
        Place(order =>
            server.AddEventHandler<TContext>(handler =>
                handler.AddFilter<TFilter>().UseSingletonHandler<THandler>().SetOrder(order)
            )
        );

    /// <exception cref="InvalidOperationException">A step waits for a landmark that never came.</exception>
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

    // Two endpoints may name the same landmark of an event that they share: no two steps have one order, for the engine
    // sorts without keeping the order of equals.
    private int Add(Action<int> add, int order)
    {
        while (!taken.Add((typeof(TContext), order)))
            order++;
        add(order);
        return order;
    }
}
