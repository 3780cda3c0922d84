using Identity.Core.Audit;

namespace Identity.Server.Hosting.Observability;

/// <summary>Follows the audit log and hands it to the collector. While the collector does not take events, they wait in
/// the log; nothing is lost as long as the log is kept.</summary>
internal sealed class AuditExporter(
    AuditExportCursor cursor,
    AuditCollector collector,
    TimeProvider time,
    ILogger<AuditExporter> logger
) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (!stoppingToken.IsCancellationRequested)
                await Task.Delay(await RunAsync(stoppingToken), time, stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops. The next one sends again what nobody confirmed.
        }
    }

    // How long to wait before the next run.
    private async Task<TimeSpan> RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await SendNextAsync(cancellationToken);
        }
        catch (Exception exception)
            when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            Log.AuditExportFailed(logger, exception);
            return PauseAfterFailure;
        }
    }

    private async Task<TimeSpan> SendNextAsync(CancellationToken cancellationToken)
    {
        await cursor.StartAsync(cancellationToken);
        if (await cursor.TakeAsync(AuditCollector.MaxBatch, cancellationToken) is not { } batch)
            return Pause;
        if (batch.Entries.Count == 0)
        {
            await cursor.ReleaseAsync(batch, cancellationToken);
            return Pause;
        }
        if (!await Task.Run(() => collector.Send(batch.Entries), cancellationToken))
        {
            await cursor.ReleaseAsync(batch, cancellationToken);
            Log.CollectorRefuses(logger, batch.Entries.Count);
            return PauseAfterFailure;
        }
        await cursor.AdvanceAsync(batch, cancellationToken);
        return batch.Entries.Count < AuditCollector.MaxBatch ? Pause : TimeSpan.Zero;
    }
}
