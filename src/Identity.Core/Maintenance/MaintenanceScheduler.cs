using System.Security.Cryptography;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Identity.Core.Maintenance;

/// <summary> Runs every job at its interval, in every instance; of instances that run it at the same time, one works
/// (advisory locks). The first run is delayed at random, so that instances that start together spread out; a failed run
/// is logged and repeated at the next interval.
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

    /// <summary>Between zero and the job's interval, at most five minutes.</summary>
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
            // The host is stopping. The database rolls back an unfinished batch.
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
