using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Identity.Core.Monitoring;

/// <summary>Measures at its pace in every instance; of those that meet, one works. What fails is logged and tried again
/// at the next turn.</summary>
internal sealed class MonitoringScheduler(
    FigureStore figures,
    FigureInstruments instruments,
    InstanceRegistry instances,
    IOptions<MonitoringOptions> options,
    TimeProvider time,
    ILogger<MonitoringScheduler> logger
) : BackgroundService
{
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await TryAsync(instances.LeaveAsync, cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var interval = options.Value.Interval;
        using PeriodicTimer timer = new(interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                await TryAsync(cancel => RunAsync(interval, cancel), stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops. What was being counted is rolled back, and another instance counts it.
        }
    }

    // A little less than the interval, so that the instance that measured last may be the next one too.
    private async Task RunAsync(TimeSpan interval, CancellationToken cancellationToken)
    {
        await instances.NoteAsync(cancellationToken);
        await figures.MeasureAsync(interval * 0.9, cancellationToken);
        instruments.Show(await figures.ReadAsync(cancellationToken));
    }

    private async Task TryAsync(Func<CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        try
        {
            await work(cancellationToken);
        }
        catch (Exception exception)
            when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            Log.Failed(logger, exception);
        }
    }
}
