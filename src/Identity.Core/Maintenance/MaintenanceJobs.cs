using System.Diagnostics;
using Identity.Core.Audit;
using Identity.Core.Data;
using Identity.Core.Sessions;
using Microsoft.Extensions.Options;

namespace Identity.Core.Maintenance;

// Maintenance owns the clean-up jobs and their schedule. It decides nothing about people: rows that it deletes have
// already expired by the database's clock.

/// <summary>The jobs. Each may run on every instance at once: one does the work, the others skip it (PostgreSQL
/// advisory locks).</summary>
public sealed class MaintenanceJobs(
    Database database,
    AuditSealer sealer,
    AuditPartitions partitions,
    IOptions<SessionOptions> sessions
)
{
    private const int MaxBatches = 10_000;
    private const string Seals = "seals";
    private const string Partitions = "partitions";
    private const string NoPlace = "-infinity 00000000-0000-0000-0000-000000000000";

    private static readonly TimeSpan MaxPause = TimeSpan.FromSeconds(2);

    private static readonly Dictionary<string, MaintenanceJob> Batched = new MaintenanceJob[]
    {
        new("sessions", MaintenanceStatements.Sessions) { Interval = TimeSpan.FromMinutes(5) },
        new("idle", MaintenanceStatements.Idle) { FirstPlace = NoPlace },
        new("ended-sessions", MaintenanceStatements.EndedSessions),
        new("session-counts", MaintenanceStatements.SessionCounts)
        {
            Interval = TimeSpan.FromMinutes(10),
            FirstPlace = Guid.Empty.ToString(),
        },
        new("tokens", MaintenanceStatements.Tokens) { Interval = TimeSpan.FromDays(1) },
        new("throttle", MaintenanceStatements.Throttle),
        new("replay", MaintenanceStatements.Replay) { Interval = TimeSpan.FromMinutes(10) },
        new("idempotency", MaintenanceStatements.Idempotency),
        new("requests", MaintenanceStatements.Requests) { Interval = TimeSpan.FromMinutes(1) },
        new("grants", MaintenanceStatements.Grants),
        new("personal-tokens", MaintenanceStatements.PersonalTokens),
        new("denials", MaintenanceStatements.Denials),
        new("families", MaintenanceStatements.Families),
        new("logout", MaintenanceStatements.Logout),
        new("events", MaintenanceStatements.Events),
        new("mail", MaintenanceStatements.Mail),
        new("recovery", MaintenanceStatements.Recovery),
    }.ToDictionary(static job => job.Name, StringComparer.Ordinal);

    /// <summary>The names of the jobs.</summary>
    public static IReadOnlyCollection<string> Names { get; } = [.. Batched.Keys, Partitions, Seals];

    /// <summary>The jobs that work in batches, with their statements.</summary>
    internal static IReadOnlyCollection<MaintenanceJob> BatchedJobs => Batched.Values;

    /// <summary>The default interval of a job.</summary>
    internal static TimeSpan UsualInterval(string name) =>
        name switch
        {
            Seals => TimeSpan.FromMinutes(10),
            Partitions => TimeSpan.FromHours(1),
            _ => Batched[name].Interval,
        };

    /// <summary>Runs a job while there is more to do. Returns the number of rows processed; null if another instance is
    /// running it.</summary>
    /// <exception cref="ArgumentException">There is no such job.</exception>
    public async Task<int?> RunAsync(string name, CancellationToken cancellationToken)
    {
        if (name == Seals)
            return await sealer.SealAsync(cancellationToken);
        if (name == Partitions)
            return await partitions.RunAsync(cancellationToken);
        if (!Batched.TryGetValue(name, out var job))
            throw new ArgumentException(
                $"There is no maintenance job '{name}'. Jobs: {string.Join(", ", Names)}.",
                nameof(name)
            );

        var total = 0;
        var place = job.FirstPlace;
        for (var round = 0; round < MaxBatches; round++)
        {
            var started = Stopwatch.GetTimestamp();
            if (await RunBatchAsync(job, place, cancellationToken) is not { } batch)
                return round == 0 ? null : total;
            total += batch.Rows;
            if (batch.Next is null)
                break;
            place = batch.Next;
            await RestAsync(Stopwatch.GetElapsedTime(started), cancellationToken);
        }
        return total;
    }

    // Three times as long as the batch took: a quarter of the time, and of the disk, is the clean-up's.
    private static Task RestAsync(TimeSpan worked, CancellationToken cancellationToken) =>
        Task.Delay(worked * 3 < MaxPause ? worked * 3 : MaxPause, cancellationToken);

    private Task<MaintenanceJob.Batch?> RunBatchAsync(
        MaintenanceJob job,
        string? place,
        CancellationToken cancellationToken
    ) =>
        database.InTransactionAsync(
            async (transaction, cancel) =>
            {
                var mine = await transaction.QuerySingleOrDefaultAsync(
                    "SELECT pg_try_advisory_xact_lock(hashtext('idp.maintenance'), hashtext(@name))",
                    static row => row.GetBoolean(0),
                    cancel,
                    ("name", job.Name)
                );
                return mine
                    ? await transaction.QuerySingleOrDefaultAsync(
                        job.Sql,
                        MaintenanceJob.Read,
                        cancel,
                        ParametersOf(job, place)
                    )
                    : null;
            },
            cancellationToken
        );

    private (string, object?)[] ParametersOf(MaintenanceJob job, string? place) =>
        job.Name switch
        {
            "idle" => [("idle", sessions.Value.IdleTimeout), ("after", place)],
            "ended-sessions" => [("retention", sessions.Value.Retention)],
            "session-counts" => [("after", place)],
            _ => [],
        };
}
