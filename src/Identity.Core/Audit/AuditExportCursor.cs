using Identity.Core.Data;

namespace Identity.Core.Audit;

/// <summary>Some events in order, to be handed to a collector.</summary>
/// <param name="Lease">Shows at the end that nobody else has taken over.</param>
public sealed record AuditExportBatch(Guid Lease, IReadOnlyList<AuditEntry> Entries);

/// <summary>
/// How far the audit log was handed to a collector. One instance holds a lease while it sends, and moves on only after
/// the collector took the batch: every event arrives, in order of its time, and after a failure some arrive twice. It
/// stays behind the oldest open transaction, so that an event which commits late is not passed over.
/// </summary>
public sealed class AuditExportCursor(Database database)
{
    // A collector has this long to take a batch. After it, another instance may send it again.
    private static readonly TimeSpan LeaseTime = TimeSpan.FromMinutes(1);

    private const string Begin = """
        INSERT INTO idp.audit_exports (through_time, through_id) VALUES (now(), '00000000-0000-0000-0000-000000000000')
        ON CONFLICT (id) DO NOTHING
        """;

    private const string Claim = """
        UPDATE idp.audit_exports SET lease = @lease, leased_until = clock_timestamp() + @time
        WHERE leased_until < clock_timestamp() RETURNING through_time, through_id
        """;

    internal const string NextSql = $"""
        SELECT {AuditReader.Columns} FROM public.audit_logs
        WHERE created_at >= @time AND (created_at, id) > (@time, @id)
          AND created_at < least(clock_timestamp() - interval '1 second', (
              SELECT min(a.xact_start) FROM pg_stat_activity a WHERE a.datname = current_database()
              AND a.pid <> pg_backend_pid() AND a.backend_type = 'client backend'))
        ORDER BY created_at, id LIMIT @count
        """;

    /// <summary>Where an export begins that has never run: at the events from now on.</summary>
    public Task StartAsync(CancellationToken cancellationToken) => database.ExecuteAsync(Begin, cancellationToken);

    /// <summary>Takes the next events; null when another instance is at it. To be ended by
    /// <see cref="AdvanceAsync"/> or <see cref="ReleaseAsync"/>.</summary>
    /// <param name="count">How many at most.</param>
    public async Task<AuditExportBatch?> TakeAsync(int count, CancellationToken cancellationToken)
    {
        var lease = Guid.NewGuid();
        var place = await database.QuerySingleOrDefaultAsync(
            Claim,
            static row => new AuditPlace(row.GetFieldValue<DateTimeOffset>(0), row.GetGuid(1)),
            cancellationToken,
            ("lease", lease),
            ("time", LeaseTime)
        );
        if (place is null)
            return null;
        var entries = await database.QueryAsync(
            NextSql,
            AuditReader.Map,
            cancellationToken,
            ("time", place.At),
            ("id", place.Id),
            ("count", count)
        );
        return new(lease, entries);
    }

    /// <summary>Moves on behind the batch, which the collector took. Nothing happens when another instance has taken
    /// over since; it sends the batch again.</summary>
    public Task AdvanceAsync(AuditExportBatch batch, CancellationToken cancellationToken) =>
        database.ExecuteAsync(
            """
            UPDATE idp.audit_exports SET through_time = @time, through_id = @id, leased_until = '-infinity'
            WHERE lease = @lease
            """,
            cancellationToken,
            ("lease", batch.Lease),
            ("time", batch.Entries[^1].CreatedAt),
            ("id", batch.Entries[^1].Id)
        );

    /// <summary>Gives the lease back: there was nothing to send, or the collector did not take it.</summary>
    public Task ReleaseAsync(AuditExportBatch batch, CancellationToken cancellationToken) =>
        database.ExecuteAsync(
            "UPDATE idp.audit_exports SET leased_until = '-infinity' WHERE lease = @lease",
            cancellationToken,
            ("lease", batch.Lease)
        );
}
