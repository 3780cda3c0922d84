using System.Diagnostics;
using Identity.Core.Audit;
using Identity.Core.Data;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Identity.Core.Detection;

/// <summary>The result of a run.</summary>
/// <param name="Since">The end of the previous run, where this one began.</param>
/// <param name="Until">The end of this run.</param>
/// <param name="Opened">The new alerts.</param>
/// <param name="Closed">The number of alerts that closed.</param>
public sealed record DetectionRun(DateTimeOffset Since, DateTimeOffset Until, IReadOnlyList<Alert> Opened, int Closed);

/// <summary> Evaluates the rules. Each run continues where the last one ended, on any instance, so that a restart loses
/// nothing; of instances that run at the same time, one works. Alerts, audit rows, mails and progress are written in
/// one transaction, so a failed run leaves nothing. </summary>
public sealed class Detector(
    Database database,
    AuditLog audit,
    AlertNotices notices,
    IOptions<DetectionOptions> options,
    ILogger<Detector> logger
)
{
    // An event may commit a moment after its timestamp, so runs overlap.
    private static readonly TimeSpan Overlap = TimeSpan.FromMinutes(1);

    private const string Begin = """
        SELECT greatest((SELECT covered_until FROM idp.detection_progress) - @overlap, clock_timestamp() - @look_back),
               clock_timestamp()
        WHERE pg_try_advisory_xact_lock(hashtext('idp.detection'), 1)
        """;

    private const string Progress = """
        INSERT INTO idp.detection_progress (covered_until, ran_at, took_ms) VALUES (@until, clock_timestamp(), @took)
        ON CONFLICT (id) DO UPDATE SET covered_until = excluded.covered_until, ran_at = excluded.ran_at,
            took_ms = excluded.took_ms
        """;

    private const string Close = $"""
        UPDATE idp.alerts SET closed_at = @until
        WHERE rule = @rule AND closed_at IS NULL AND last_seen_at <= @until - @quiet AND last_seen_at < @until
        RETURNING {Alert.Columns}
        """;

    private const string Forget = """
        DELETE FROM idp.alerts WHERE id IN (
            SELECT id FROM idp.alerts WHERE closed_at < @until - @retention ORDER BY closed_at LIMIT 1000)
        """;

    /// <summary>Runs once. Null if another instance is running.</summary>
    public Task<DetectionRun?> RunAsync(CancellationToken cancellationToken) =>
        database.InTransactionAsync(RunAsync, cancellationToken);

    private async Task<DetectionRun?> RunAsync(DatabaseTransaction transaction, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var stretch = await transaction.QuerySingleOrDefaultAsync<(DateTimeOffset Since, DateTimeOffset Until)?>(
            Begin,
            static row => (row.GetFieldValue<DateTimeOffset>(0), row.GetFieldValue<DateTimeOffset>(1)),
            cancellationToken,
            ("overlap", Overlap),
            ("look_back", options.Value.LookBack)
        );
        if (stretch is not var (since, until))
            return null;

        List<Alert> opened = [];
        List<Alert> closed = [];
        foreach (var rule in options.Value.Rules)
        {
            opened.AddRange(await LookAsync(transaction, rule, since, until, cancellationToken));
            closed.AddRange(
                await transaction.QueryAsync(
                    Close,
                    Alert.Read,
                    cancellationToken,
                    ("until", until),
                    ("rule", rule.Name),
                    ("quiet", rule.Quiet ?? TimeSpan.Zero)
                )
            );
        }
        await transaction.ExecuteAsync(
            Forget,
            cancellationToken,
            ("until", until),
            ("retention", options.Value.Retention)
        );
        await TellAsync(transaction, opened, cancellationToken);
        foreach (var alert in closed)
            await audit.AppendAsync(transaction, AlertEvents.Closed(alert), cancellationToken);
        await transaction.ExecuteAsync(
            Progress,
            cancellationToken,
            ("until", until),
            ("took", (int)Stopwatch.GetElapsedTime(started).TotalMilliseconds)
        );
        return new(since, until, opened, closed.Count);
    }

    /// <summary>Opens new alerts and updates open ones. The same events do not reopen an alert that was
    /// closed.</summary>
    private Task<List<Alert>> LookAsync(
        DatabaseTransaction transaction,
        DetectionRule rule,
        DateTimeOffset since,
        DateTimeOffset until,
        CancellationToken cancellationToken
    ) =>
        transaction.QueryAsync(
            $"""
            WITH found AS MATERIALIZED (
                SELECT left(f.subject, 200) AS subject, f.value, f.first_at, f.last_at FROM {rule.Function} f),
            going_on AS (
                UPDATE idp.alerts a SET last_seen_at = greatest(a.last_seen_at, f.last_at),
                    value = greatest(a.value, f.value), threshold = @threshold
                FROM found f WHERE a.rule = @rule AND a.subject = f.subject AND a.closed_at IS NULL)
            INSERT INTO idp.alerts (id, rule, subject, value, threshold, opened_at, last_seen_at)
            SELECT gen_random_uuid(), @rule, f.subject, f.value, @threshold, f.first_at, f.last_at FROM found f
            WHERE NOT EXISTS (SELECT FROM idp.alerts a WHERE a.rule = @rule AND a.subject = f.subject
                              AND (a.closed_at IS NULL OR a.last_seen_at >= f.last_at))
            RETURNING {Alert.Columns}
            """,
            Alert.Read,
            cancellationToken,
            [("rule", rule.Name), .. Parameters(rule, since, until)]
        );

    /// <summary>The arguments of a rule's function.</summary>
    internal IEnumerable<(string, object?)> Parameters(DetectionRule rule, DateTimeOffset since, DateTimeOffset until)
    {
        yield return ("threshold", options.Value.ThresholdOf(rule));
        yield return ("until", until);
        if (rule.LooksBack)
            yield return ("since", since);
        if (rule.HasSpan)
            yield return ("span", rule.Span!.Value);
    }

    private async Task TellAsync(
        DatabaseTransaction transaction,
        List<Alert> opened,
        CancellationToken cancellationToken
    )
    {
        foreach (var alert in opened)
        {
            Log.Opened(logger, alert.Rule, alert.Subject, alert.Value, alert.Threshold, alert.OpenedAt, alert.Id);
            await audit.AppendAsync(transaction, AlertEvents.Opened(alert), cancellationToken);
        }
        foreach (var group in opened.GroupBy(static alert => alert.Rule))
            await notices.QueueAsync(transaction, DetectionRules.Find(group.Key)!, [.. group], cancellationToken);
    }
}
