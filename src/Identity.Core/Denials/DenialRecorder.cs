using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Identity.Core.Denials;

/// <summary> Writes refusals in the background, so that no request waits or spends a command on them. A flood of bad
/// requests writes at most twelve rows a minute (three hundred at once), so an instance never keeps more than about
/// 52,000 rows in the three days that a row lives. Further refusals are only in the log.
/// </summary>
public sealed class DenialRecorder(DenialStore store, TimeProvider time, ILogger<DenialRecorder> logger)
    : BackgroundService
{
    private const double Burst = 300;
    private const double PerSecond = 0.2;

    private readonly Channel<DeniedRequest> _waiting = Channel.CreateBounded<DeniedRequest>(
        new BoundedChannelOptions((int)Burst) { FullMode = BoundedChannelFullMode.DropWrite }
    );
    private readonly Lock _counting = new();
    private double _left = Burst;
    private long _counted = time.GetTimestamp();

    /// <summary>Keeps a redacted refusal if there is room. Never waits. False if there were too many
    /// recently.</summary>
    public bool Offer(DeniedRequest denial) => HasRoom() && _waiting.Writer.TryWrite(denial.Redacted());

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await foreach (var denial in _waiting.Reader.ReadAllAsync(stoppingToken))
                await SaveAsync(denial, stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host is stopping. Refusals that are still queued are in the log.
        }
    }

    private async Task SaveAsync(DeniedRequest denial, CancellationToken stoppingToken)
    {
        try
        {
            await store.SaveAsync(denial, stoppingToken);
        }
        catch (Exception exception)
            when (exception is NpgsqlException or TimeoutException or IOException or InvalidOperationException)
        {
            Log.NotKept(logger, denial.CorrelationId, exception.Message);
        }
    }

    private bool HasRoom()
    {
        lock (_counting)
        {
            var now = time.GetTimestamp();
            _left = Math.Min(Burst, _left + (time.GetElapsedTime(_counted, now).TotalSeconds * PerSecond));
            _counted = now;
            if (_left < 1)
                return false;
            _left--;
            return true;
        }
    }
}
