using System.Globalization;
using Identity.Core.Audit;
using Identity.Core.Data;
using Identity.Core.Grants;
using Identity.Core.Maintenance;
using Identity.Core.Sessions;
using Identity.Core.Users;
using Microsoft.Extensions.Options;

namespace Identity.Core.Bench;

/// <summary>A whole run.</summary>
/// <param name="Load">The load average of the machine beforehand, over 1, 5 and 15 minutes; null where it is
/// unknown.</param>
public sealed record BenchReport(
    DateTimeOffset At,
    string Server,
    int Processors,
    string? Load,
    BenchSize Size,
    string DatabaseSize,
    IReadOnlyList<BenchResult> Results
)
{
    /// <summary>The effect of a clean-up on refreshes; null if it was not measured.</summary>
    public BenchCleanup? Cleanup { get; init; }
}

/// <summary>Refreshes without and with the clean-up of ended sessions beside them.</summary>
/// <param name="Deleted">Sessions that were deleted meanwhile.</param>
public sealed record BenchCleanup(BenchTimes Quiet, BenchTimes During, long Deleted);

/// <summary>Measures a database that is marked as a bench, as the application's role.</summary>
public sealed class BenchRun(
    Database database,
    UserStore users,
    AuditReader audit,
    RefreshTokenStore refresh,
    AuditSealer sealer,
    AuditPartitions partitions,
    TimeProvider time
)
{
    private const int CleanupConnections = 8;

    private const string Counters = """
        SELECT pg_stat_force_next_flush()::text, pg_backend_pid(), (pg_current_wal_insert_lsn() -
            '0/0'::pg_lsn)::bigint,
            (SELECT blks_hit + blks_read FROM pg_stat_database WHERE datname = current_database())
        """;

    /// <summary>Runs every operation at each number of connections. Null if the database is not a filled
    /// bench.</summary>
    public async Task<BenchReport?> RunAsync(
        IReadOnlyList<int> connections,
        TimeSpan each,
        Action<BenchProgress> progress,
        CancellationToken cancellationToken
    )
    {
        if (await BenchDatabase.FindAsync(database.Source, cancellationToken) is not (var size, true))
            return null;
        var at = time.GetUtcNow();
        var load = ReadLine("/proc/loadavg");
        var operations = new BenchOperations(database, users, audit, refresh, size).All();
        List<BenchResult> results = [];
        foreach (var operation in operations)
        {
            progress(new(operation.Name, results.Count, operations.Count));
            results.Add(await MeasureAsync(operation, connections, each, cancellationToken));
        }
        progress(new("done", results.Count, operations.Count));
        var (server, bytes) = await database.QuerySingleOrDefaultAsync(
            "SELECT current_setting('server_version'), pg_size_pretty(pg_database_size(current_database()))",
            static row => (row.GetString(0), row.GetString(1)),
            cancellationToken
        );
        return new(at, server, Environment.ProcessorCount, load, size, bytes, results);
    }

    /// <summary>Deletes sessions that ended more than a day ago while eight connections refresh. It changes the bench:
    /// ended sessions are gone afterwards.</summary>
    /// <param name="each">How long the quiet refreshes are measured.</param>
    /// <param name="deletion">How long sessions are deleted.</param>
    public async Task<BenchCleanup?> RunCleanupAsync(
        TimeSpan each,
        TimeSpan deletion,
        CancellationToken cancellationToken
    )
    {
        if (await BenchDatabase.FindAsync(database.Source, cancellationToken) is not (var size, true))
            return null;
        var rotation = new BenchOperations(database, users, audit, refresh, size).Refresh;
        SessionOptions soon = new() { Retention = TimeSpan.FromDays(1) };
        MaintenanceJobs jobs = new(database, sealer, partitions, Options.Create(soon));
        var quiet = await BenchLoop.RunAsync(rotation, CleanupConnections, each, cancellationToken);
        var before = await CountEndedAsync(cancellationToken);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var deleting = jobs.RunAsync("ended-sessions", stop.Token);
        var during = await BenchLoop.RunAsync(rotation, CleanupConnections, deletion, cancellationToken);
        await stop.CancelAsync();
        await deleting.ContinueWith(static _ => { }, TaskScheduler.Default);
        return new(quiet, during, before - await CountEndedAsync(cancellationToken));
    }

    private Task<long> CountEndedAsync(CancellationToken cancellationToken) =>
        database.QuerySingleOrDefaultAsync(
            "SELECT count(*) FROM public.sessions WHERE NOT is_active",
            static row => row.GetInt64(0),
            cancellationToken
        );

    private async Task<BenchResult> MeasureAsync(
        BenchOperation operation,
        IReadOnlyList<int> connections,
        TimeSpan each,
        CancellationToken cancellationToken
    )
    {
        var commands = await BenchLoop.CommandsAsync(operation, cancellationToken);
        var alone = await CostAsync(operation, each, cancellationToken);
        List<BenchTimes> times = [alone.Times];
        foreach (var count in connections.Where(static count => count > 1))
            times.Add(await BenchLoop.RunAsync(operation, count, each, cancellationToken));
        return new(
            operation.Name,
            operation.Promise,
            operation.Limit,
            commands,
            alone.Buffers,
            alone.WalBytes,
            alone.BackendMs,
            times
        );
    }

    // The cost of one connection by the server's counters; nothing else uses this database.
    private async Task<(BenchTimes Times, double Buffers, double WalBytes, double? BackendMs)> CostAsync(
        BenchOperation operation,
        TimeSpan each,
        CancellationToken cancellationToken
    )
    {
        BenchOperation known = operation with { Worker = Prepared(operation) };
        // The first round is not counted: it fills plans and caches and prepares the worker.
        await BenchLoop.RunAsync(known, 1, each / 5, cancellationToken);
        var calls = 0;
        BenchOperation counted = known with
        {
            Worker = async cancel =>
            {
                var worker = await known.Worker(cancel);
                return () =>
                {
                    calls++;
                    return worker();
                };
            },
        };
        var before = await ReadCountersAsync(cancellationToken);
        var times = await BenchLoop.RunAsync(counted, 1, each, cancellationToken);
        var after = await ReadCountersAsync(cancellationToken);
        var processor = after.Ticks - before.Ticks;
        return (
            times,
            Math.Round((double)(after.Blocks - before.Blocks) / calls, 1),
            Math.Round((double)(after.Wal - before.Wal) / calls),
            before.Pid == after.Pid && processor is { } ticks ? Math.Round(ticks * 10.0 / calls, 3) : null
        );
    }

    private static Func<CancellationToken, Task<Func<Task<bool>>>> Prepared(BenchOperation operation)
    {
        Func<Task<bool>>? worker = null;
        return async cancel => worker ??= await operation.Worker(cancel);
    }

    private async Task<(int Pid, long Wal, long Blocks, long? Ticks)> ReadCountersAsync(CancellationToken cancel)
    {
        // PostgreSQL publishes a command's statistics when the command ends; the next command can read them.
        await database.QuerySingleOrDefaultAsync(Counters, static row => row.GetInt32(1), cancel);
        var (pid, wal, blocks) = await database.QuerySingleOrDefaultAsync(
            Counters,
            static row => (row.GetInt32(1), row.GetInt64(2), row.GetInt64(3)),
            cancel
        );
        return (pid, wal, blocks, Ticks(pid));
    }

    // proc(5): fields 14 and 15 are user and system time, in hundredths of a second. The name may contain spaces.
    private static long? Ticks(int pid)
    {
        if (ReadLine(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat")) is not { } line)
            return null;
        var fields = line[(line.LastIndexOf(')') + 2)..].Split(' ');
        return fields.Length > 12 && line.Contains("postgres", StringComparison.Ordinal)
            ? long.Parse(fields[11], CultureInfo.InvariantCulture)
                + long.Parse(fields[12], CultureInfo.InvariantCulture)
            : null;
    }

    private static string? ReadLine(string path) =>
        File.Exists(path) ? File.ReadLines(path).FirstOrDefault()?.Trim() : null;
}
