using Identity.Core.Data;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Identity.Core.Audit;

/// <summary> Seals closed spans of the log (LG-3, docs/decisions/0003). One instance at a time; each seal is a
/// transaction of its own, so a long backlog is processed in small steps. It stays behind the clock by <see
/// cref="AuditOptions.SealDelay"/> and behind the oldest open transaction of the application, so that an event which
/// commits late is inside its seal.
/// </summary>
public sealed class AuditSealer(
    Database database,
    IAuditSealKeys keys,
    IOptions<AuditOptions> options,
    ILogger<AuditSealer> logger
)
{
    private const string Last = $"SELECT {AuditSeal.Columns} FROM idp.audit_seals ORDER BY number DESC LIMIT 1";

    private const string Horizon = """
        SELECT least(clock_timestamp() - @delay, (SELECT min(xact_start) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid()
                AND backend_type = 'client backend')), clock_timestamp()
        """;

    private const string FirstUnsealed =
        "SELECT created_at FROM public.audit_logs WHERE created_at >= @from AND created_at < @horizon ORDER BY "
        + "created_at LIMIT 1";

    private const string Insert = """
        INSERT INTO idp.audit_seals (number, from_time, through_time, row_count, digest, previous_mac, mac,
            master_key_id, sealed_at)
        VALUES (@number, @from, @through, @rows, @digest, @previous, @mac, @key, @sealed_at)
        """;

    /// <summary>Seals all finished spans. Returns the number of rows sealed; null if another instance is
    /// sealing.</summary>
    public async Task<int?> SealAsync(CancellationToken cancellationToken)
    {
        int? sealedRows = null;
        while (await database.InTransactionAsync(SealNextAsync, cancellationToken) is { } made)
        {
            sealedRows = (sealedRows ?? 0) + (int)(made.Seal?.RowCount ?? 0);
            if (made.Seal is not { } seal)
                break;
            // The operational log is a second copy: a chain whose end was cut off and sealed again no longer matches
            // it.
            var mac = Convert.ToHexStringLower(seal.Mac);
            Log.Sealed(logger, seal.Number, seal.RowCount, seal.ThroughTime, mac);
            if (made.IsLast)
                break;
        }
        return sealedRows;
    }

    // Null: another instance holds the lock. No seal: there is nothing to seal yet.
    private async Task<Made?> SealNextAsync(DatabaseTransaction transaction, CancellationToken cancellationToken)
    {
        if (
            !await transaction.QuerySingleOrDefaultAsync(
                "SELECT pg_try_advisory_xact_lock(hashtext('idp.maintenance'), hashtext('seals'))",
                static row => row.GetBoolean(0),
                cancellationToken
            )
        )
            return null;

        var last = await transaction.QuerySingleOrDefaultAsync(Last, AuditSeal.Read, cancellationToken);
        var from = last?.ThroughTime ?? AuditSeal.Beginning;
        var (horizon, now) = await transaction.QuerySingleOrDefaultAsync(
            Horizon,
            static row => (row.GetFieldValue<DateTimeOffset>(0), row.GetFieldValue<DateTimeOffset>(1)),
            cancellationToken,
            ("delay", options.Value.SealDelay)
        );
        if (horizon <= from)
            return new Made(null, IsLast: true);

        var through = await EndOfSpanAsync(transaction, from, horizon, cancellationToken);
        var (count, digest) = await AuditDigest.ComputeAsync(transaction, from, through, cancellationToken);
        var seal = new AuditSeal(
            (last?.Number ?? 0) + 1,
            from,
            through,
            count,
            digest,
            last?.Mac ?? AuditSeal.NoMac,
            [],
            keys.CurrentId,
            now
        );
        seal = seal with { Mac = seal.ComputeMac(keys.Find(keys.CurrentId)) };
        await transaction.ExecuteAsync(
            Insert,
            cancellationToken,
            ("number", seal.Number),
            ("from", seal.FromTime),
            ("through", seal.ThroughTime),
            ("rows", seal.RowCount),
            ("digest", seal.Digest),
            ("previous", seal.PreviousMac),
            ("mac", seal.Mac),
            ("key", seal.MasterKeyId),
            ("sealed_at", seal.SealedAt)
        );
        return new Made(seal, IsLast: through == horizon);
    }

    // Rows of one UTC day at most. Quiet days before the first row belong to the same seal: a row put there later
    // breaks it.
    private static async Task<DateTimeOffset> EndOfSpanAsync(
        DatabaseTransaction transaction,
        DateTimeOffset from,
        DateTimeOffset horizon,
        CancellationToken cancellationToken
    )
    {
        var first = await transaction.QuerySingleOrDefaultAsync<DateTimeOffset?>(
            FirstUnsealed,
            static row => row.GetFieldValue<DateTimeOffset>(0),
            cancellationToken,
            ("from", from),
            ("horizon", horizon)
        );
        if (first is not { } row)
            return horizon;
        var midnight = new DateTimeOffset(row.UtcDateTime.Date.AddDays(1), TimeSpan.Zero);
        return midnight < horizon ? midnight : horizon;
    }

    private sealed record Made(AuditSeal? Seal, bool IsLast);
}
