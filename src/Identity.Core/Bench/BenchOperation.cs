using System.Diagnostics;
using Identity.Core.Data;

namespace Identity.Core.Bench;

/// <summary>What is measured.</summary>
/// <param name="Name">What the product does.</param>
/// <param name="Promise">The median that is promised, in milliseconds; null where nothing is.</param>
/// <param name="Limit">What the 99th percentile may never exceed, in milliseconds.</param>
/// <param name="Worker">Creates the call that one connection repeats. It returns whether the answer was right.</param>
internal sealed record BenchOperation(
    string Name,
    double? Promise,
    double? Limit,
    Func<CancellationToken, Task<Func<Task<bool>>>> Worker
);

/// <summary>Times of one operation at one number of connections.</summary>
/// <param name="Connections">How many asked at once.</param>
/// <param name="Calls">How many calls were made.</param>
/// <param name="PerSecond">Calls a second, of all connections.</param>
/// <param name="MedianMs">Half of the calls took no longer, in milliseconds.</param>
/// <param name="P99Ms">One call in a hundred took longer, in milliseconds.</param>
/// <param name="Wrong">Calls whose answer was not the right one. Must be 0.</param>
public sealed record BenchTimes(int Connections, int Calls, double PerSecond, double MedianMs, double P99Ms, int Wrong);

/// <summary>One operation, measured.</summary>
/// <param name="Promise">The median that is promised, in milliseconds.</param>
/// <param name="Limit">What the 99th percentile may never exceed, in milliseconds.</param>
/// <param name="Commands">SQL commands of a call.</param>
/// <param name="Buffers">Pages of 8 KB that a call reads, from memory or disk.</param>
/// <param name="WalBytes">Bytes of WAL that a call writes.</param>
/// <param name="BackendMs">Processor time of the server process for a call, in milliseconds; null if the server is on
/// another machine.</param>
public sealed record BenchResult(
    string Name,
    double? Promise,
    double? Limit,
    int Commands,
    double Buffers,
    double WalBytes,
    double? BackendMs,
    IReadOnlyList<BenchTimes> Times
)
{
    /// <summary>Whether a single connection meets the promise; null if nothing is promised.</summary>
    public bool? Met =>
        Promise is { } median && Limit is { } limit ? Times[0].MedianMs < median && Times[0].P99Ms < limit : null;
}

/// <summary>Repeats one operation for a given time.</summary>
internal static class BenchLoop
{
    public static async Task<BenchTimes> RunAsync(
        BenchOperation operation,
        int connections,
        TimeSpan time,
        CancellationToken cancellationToken
    )
    {
        var workers = await Task.WhenAll(
            Enumerable.Range(0, connections).Select(_ => operation.Worker(cancellationToken))
        );
        await Task.WhenAll(workers.Select(worker => RepeatAsync(worker, time / 5, cancellationToken)));
        var began = Stopwatch.GetTimestamp();
        var results = await Task.WhenAll(
            workers.Select(worker => Task.Run(() => RepeatAsync(worker, time, cancellationToken), cancellationToken))
        );
        var took = Stopwatch.GetElapsedTime(began);
        long[] ticks = [.. results.SelectMany(static one => one.Ticks).Order()];
        return new(
            connections,
            ticks.Length,
            ticks.Length / took.TotalSeconds,
            Milliseconds(ticks[ticks.Length / 2]),
            Milliseconds(ticks[ticks.Length * 99 / 100]),
            results.Sum(static one => one.Wrong)
        );
    }

    /// <summary>SQL commands of one call.</summary>
    public static async Task<int> CommandsAsync(BenchOperation operation, CancellationToken cancellationToken)
    {
        var worker = await operation.Worker(cancellationToken);
        using var counter = SqlCommandCounter.Start();
        await worker();
        return counter.Commands;
    }

    private static async Task<(List<long> Ticks, int Wrong)> RepeatAsync(
        Func<Task<bool>> worker,
        TimeSpan time,
        CancellationToken cancellationToken
    )
    {
        List<long> ticks = [];
        var wrong = 0;
        var began = Stopwatch.GetTimestamp();
        do
        {
            cancellationToken.ThrowIfCancellationRequested();
            var started = Stopwatch.GetTimestamp();
            if (!await worker())
                wrong++;
            ticks.Add(Stopwatch.GetTimestamp() - started);
        } while (Stopwatch.GetElapsedTime(began) < time);
        return (ticks, wrong);
    }

    private static double Milliseconds(long ticks) => Math.Round(ticks * 1000.0 / Stopwatch.Frequency, 3);
}
