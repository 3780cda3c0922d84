using System.Security.Cryptography;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Identity.Core.Maintenance;

/// <summary>
/// Runs every job at its pace, in every instance; of those that meet, one works (advisory locks). A first run waits for
/// a random while, so that instances which start together spread; a failed one is logged and tried again at its next
/// turn.
/// </summary>
internal sealed class MaintenanceScheduler(
    MaintenanceJobs jobs,
    MaintenanceFailures failures,
    IOptions<MaintenanceOptions> options,
    TimeProvider time,
    ILogger<MaintenanceScheduler> logger
) : BackgroundService
{
    private static readonly TimeSpan MaxFirstWait = TimeSpan.FromMinutes(5);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        options.Value.Enabled
            ? Task.WhenAll(MaintenanceJobs.Names.Select(name => RepeatAsync(name, stoppingToken)))
            : Task.CompletedTask;

    /// <summary>Between nothing and the job's interval, five minutes at most.</summary>
    internal static TimeSpan FirstWait(TimeSpan interval)
    {
        var longest = interval < MaxFirstWait ? interval : MaxFirstWait;
        return TimeSpan.FromMilliseconds(RandomNumberGenerator.GetInt32((int)longest.TotalMilliseconds));
    }

    private async Task RepeatAsync(string name, CancellationToken stoppingToken)
    {
        var interval = options.Value.IntervalOf(name);
        try
        {
            for (var wait = FirstWait(interval); ; wait = interval)
            {
                await Task.Delay(wait, time, stoppingToken);
                await RunAsync(name, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops. What a job had begun is rolled back by the database.
        }
    }

    internal async Task RunAsync(string name, CancellationToken stoppingToken)
    {
        try
        {
            if (await jobs.RunAsync(name, stoppingToken) is { } treated and > 0)
                Log.Treated(logger, name, treated);
            failures.Of(name).Succeed();
        }
        catch (Exception exception)
            when (exception is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
        {
            failures.Of(name).Fail();
            Log.Failed(logger, name, exception);
        }
    }
}
