using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Engine.Pipeline;

/// <summary>Inserts own steps between those of the engine, event by event.</summary>
internal sealed class PipelineBuilder(OpenIddictServerBuilder server)
{
    private readonly HashSet<(Type Event, int Order)> _taken = [];

    /// <summary>The steps at one event. May be called several times for an event that endpoints share.</summary>
    public PipelineBuilder At<TContext>(Action<PipelineStage<TContext>> steps)
        where TContext : BaseContext
    {
        PipelineStage<TContext> stage = new(server, _taken);
        steps(stage);
        stage.Close();
        return this;
    }
}
