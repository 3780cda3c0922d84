using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Identity.Core.Data;

/// <summary>Reloads in-memory state apart from the connection that listens, so that a slow reload does not delay other
/// notifications. One reload runs at a time; what is asked for meanwhile runs once after it.</summary>
internal sealed class ChangeReloads(IReadOnlyList<IChangeSubscriber> subscribers, ILogger logger)
{
    private readonly Lock _gate = new();
    private readonly HashSet<IChangeSubscriber> _due = [];
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite }
    );

    /// <summary>Reloads every subscriber. Returns at once.</summary>
    public void Ask() => Ask(static _ => true);

    /// <summary>Reloads the subscribers of these tables. Returns at once.</summary>
    public void Ask(IReadOnlyCollection<string> tables) => Ask(subscriber => subscriber.Tables.Overlaps(tables));

    /// <summary>Runs until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken stoppingToken)
    {
        await foreach (var _ in _wake.Reader.ReadAllAsync(stoppingToken))
        {
            foreach (var subscriber in Take())
                await ReloadAsync(subscriber, stoppingToken);
        }
    }

    private void Ask(Func<IChangeSubscriber, bool> concerned)
    {
        lock (_gate)
            _due.UnionWith(subscribers.Where(concerned));
        _wake.Writer.TryWrite(true);
    }

    // In the order of registration: clients before what is derived from them.
    private List<IChangeSubscriber> Take()
    {
        lock (_gate)
        {
            List<IChangeSubscriber> due = [.. subscribers.Where(_due.Contains)];
            _due.Clear();
            return due;
        }
    }

    // A failure of one subscriber must not affect the others.
    private async Task ReloadAsync(IChangeSubscriber subscriber, CancellationToken stoppingToken)
    {
        try
        {
            await subscriber.ReloadAsync(stoppingToken);
        }
        catch (Exception exception)
            when (exception is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
        {
            ChangeListenerLog.ReloadFailed(logger, subscriber.GetType().Name, exception);
        }
    }
}
