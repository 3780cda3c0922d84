using System.Threading.Channels;

namespace Identity.Core.Deliveries;

/// <summary>Wakes a deliverer before its next poll.</summary>
internal class DeliverySignal
{
    private readonly Channel<bool> _signals = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite }
    );

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
