using Identity.Core.Audit;
using Identity.Core.Data;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Identity.Core.Maintenance;

/// <summary> Creates and drops the monthly partitions of the audit log, and empties its default partition. A step that
/// cannot get its lock because of a reader gives up within 20 ms and is retried later; otherwise every writer would
/// queue behind it (docs/decisions/0018).
/// </summary>
public sealed class AuditPartitions(Database database, IOptions<AuditOptions> options, ILogger<AuditPartitions> logger)
{
    private const int MaxAttempts = 20;
    private const int MaxSteps = 500;

    /// <summary>The pause between two attempts: a writer waits at most 20 ms in every 3 s.</summary>
    internal TimeSpan Pause { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Returns how many partitions were created and dropped. If a reader holds the log for longer than a
    /// minute, the rest is done in the next run.</summary>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var changed = await HealAsync(cancellationToken);
        changed += await TryAsync("SELECT idp.ensure_audit_partitions()", cancellationToken) ?? 0;
        changed +=
            await TryAsync(
                "SELECT idp.drop_audit_partitions(@retention)",
                cancellationToken,
                ("retention", options.Value.Retention)
            ) ?? 0;
        return changed;
    }

    // Each step has its own transaction, so that no lock is held while the next one reads the rows.
    private async Task<int> HealAsync(CancellationToken cancellationToken)
    {
        var made = 0;
        for (var step = 0; step < MaxSteps; step++)
        {
            // 0: empty. 1: one step done. 2: a partition was created.
            var done = await TryAsync(
                "SELECT CASE idp.heal_audit_partitions() WHEN 'empty' THEN 0 WHEN 'bounded' THEN 1 "
                    + "WHEN 'proved' THEN 1 ELSE 2 END",
                cancellationToken
            );
            if (done is null or 0)
                break;
            made += done.Value - 1;
        }
        return made;
    }

    private async Task<int?> TryAsync(
        string sql,
        CancellationToken cancellationToken,
        params (string, object?)[] parameters
    )
    {
        for (var attempt = 1; attempt <= MaxAttempts; attempt++)
        {
            try
            {
                return await database.QuerySingleOrDefaultAsync(
                    sql,
                    static row => row.GetInt32(0),
                    cancellationToken,
                    parameters
                );
            }
            catch (PostgresException held) when (held.SqlState == PostgresErrorCodes.LockNotAvailable)
            {
                await Task.Delay(Pause, cancellationToken);
            }
        }
        Log.Held(logger);
        return null;
    }
}
