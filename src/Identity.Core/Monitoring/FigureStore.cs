using Identity.Core.Data;

namespace Identity.Core.Monitoring;

/// <summary>Measures, at most once in a while on one instance, and reads what was measured.</summary>
public sealed class FigureStore(Database database)
{
    // Longer than an event takes to commit; a transaction that is open for longer holds the count up by itself.
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(10);

    /// <summary>What an instance that has not shown itself for this long is: gone.</summary>
    public static readonly TimeSpan Gone = TimeSpan.FromMinutes(5);

    private const string Claim = """
        UPDATE idp.monitoring_progress SET measured_at = clock_timestamp()
        WHERE measured_at < clock_timestamp() - @interval RETURNING measured_at
        """;

    internal const string ReadSql = "SELECT name, value, measured_at FROM idp.figures";

    internal const string MeasureSql = """
        INSERT INTO idp.figures (name, value, measured_at)
        SELECT name, value, clock_timestamp() FROM (
            SELECT metric AS name, value::double precision FROM idp.service_metrics()
            UNION ALL SELECT 'mail_waiting', count(*) FROM (
                SELECT FROM idp.mail_outbox WHERE state = 'queued' LIMIT 100000) q
            UNION ALL SELECT 'logouts_waiting', count(*) FROM (
                SELECT FROM idp.logout_deliveries WHERE delivered_at IS NULL AND abandoned_at IS NULL LIMIT 100000) q
            UNION ALL SELECT 'webhooks_waiting', count(*) FROM (
                SELECT FROM idp.webhook_deliveries WHERE delivered_at IS NULL AND abandoned_at IS NULL LIMIT 100000) q
            UNION ALL SELECT 'locked_accounts', count(*) FROM (
                SELECT id FROM public.users WHERE account_locked_until > now()
                UNION SELECT id FROM public.users WHERE operator_locked_until > now()) l
            UNION ALL SELECT 'session_outliers', count(*) FROM idp.session_counts c WHERE c.active > 10 AND 10 < (
                SELECT count(*) FROM public.sessions s
                WHERE s.user_id = c.user_id AND s.is_active AND s.client_id IS NULL AND s.expires_at > now())
        ) measured
        ON CONFLICT (name) DO UPDATE SET value = excluded.value, measured_at = excluded.measured_at
        """;

    /// <summary>Counts the sign-ins that are new, and measures unless another instance did within the interval.
    /// Returns whether this one did.</summary>
    public async Task<bool> MeasureAsync(TimeSpan interval, CancellationToken cancellationToken)
    {
        while (await CountSignInsAsync(Settled, cancellationToken) is not null)
            cancellationToken.ThrowIfCancellationRequested();
        return await database.InTransactionAsync(
            async (transaction, cancel) =>
            {
                var mine = await transaction.QuerySingleOrDefaultAsync<DateTimeOffset?>(
                    Claim,
                    static row => row.GetFieldValue<DateTimeOffset>(0),
                    cancel,
                    ("interval", interval)
                );
                if (mine is null)
                    return false;
                await transaction.ExecuteAsync(MeasureSql, cancel);
                return true;
            },
            cancellationToken
        );
    }

    /// <summary>Counts the sign-ins of one more hour at most. Returns how far it came; null when nothing is left, or
    /// another instance is at it.</summary>
    /// <param name="delay">How far it stays behind the clock.</param>
    internal Task<DateTimeOffset?> CountSignInsAsync(TimeSpan delay, CancellationToken cancellationToken) =>
        database.QuerySingleOrDefaultAsync<DateTimeOffset?>(
            "SELECT idp.count_sign_ins(@delay)",
            static row => row.IsDBNull(0) ? null : row.GetFieldValue<DateTimeOffset>(0),
            cancellationToken,
            ("delay", delay)
        );

    /// <summary>Every figure as it was measured last, on whichever instance.</summary>
    public async Task<IReadOnlyDictionary<string, Figure>> ReadAsync(CancellationToken cancellationToken) =>
        (
            await database.QueryAsync(
                ReadSql,
                static row => new Figure(
                    row.GetString(0),
                    row.IsDBNull(1) ? null : row.GetDouble(1),
                    row.GetFieldValue<DateTimeOffset>(2)
                ),
                cancellationToken
            )
        ).ToDictionary(static figure => figure.Name, StringComparer.Ordinal);
}
