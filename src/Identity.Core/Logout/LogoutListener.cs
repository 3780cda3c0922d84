using System.Threading.Channels;
using Identity.Core.Data;

namespace Identity.Core.Logout;

/// <summary>Wakes the deliverer: by NOTIFY <c>identity_logout</c> from the instance that ended a session, and by this
/// instance when a client has been served.</summary>
internal sealed class LogoutListener : IChannelSubscriber
{
    private readonly Channel<bool> _signals = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite }
    );

    /// <inheritdoc />
    public string ChannelName => "identity_logout";

    /// <summary>Wakes the deliverer, now or as soon as it waits. Several signals count as one.</summary>
    public void Signal() => _signals.Writer.TryWrite(true);

    /// <summary>Waits for a signal, or until the time is over.</summary>
    public async Task WaitAsync(TimeSpan most, CancellationToken stoppingToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        patience.CancelAfter(most);
        try
        {
            await _signals.Reader.ReadAsync(patience.Token);
        }
        catch (OperationCanceledException) when (!stoppingToken.IsCancellationRequested)
        {
            // A timeout is a normal result.
        }
    }
}
