using Identity.Core.Data;
using Npgsql;

namespace Identity.Core.Deliveries;

/// <summary>The statements of a ledger. All times are the database's, so the clocks of instances need not agree.
/// </summary>
/// <typeparam name="TKey">The type of the receiver.</typeparam>
internal sealed class DeliveryTable<TKey>(Database database, DeliveryColumns columns)
    where TKey : notnull
{
    private static readonly TimeSpan RecordPause = TimeSpan.FromSeconds(1);

    internal string DueSql { get; } =
        $"""
            SELECT r.receiver FROM ({columns.Receivers}) r
            CROSS JOIN LATERAL (SELECT FROM {columns.Table} d WHERE {columns.Receiver} = r.receiver
                AND {columns.Open("d")} AND d.next_attempt_at <= clock_timestamp()
                AND {columns.Ready} AND {columns.Follows} LIMIT 1) due
            WHERE r.receiver <> ALL (@busy)
            """;

    internal string NextSql { get; } =
        $"""
            SELECT min(next.at) - clock_timestamp() FROM ({columns.Receivers}) r
            CROSS JOIN LATERAL (SELECT d.next_attempt_at AS at FROM {columns.Table} d
                WHERE {columns.Receiver} = r.receiver AND {columns.Open("d")} AND {columns.Follows}
                ORDER BY d.next_attempt_at LIMIT 1) next
            WHERE r.receiver <> ALL (@busy)
            """;

    internal string ClaimSql { get; } =
        $"""
            UPDATE {columns.Table} c SET attempts = c.attempts + 1, next_attempt_at = clock_timestamp() + @lease
                {columns.WhenClaimed}
            FROM (SELECT d.id FROM {columns.Table} d
                  WHERE {columns.Receiver} = @receiver AND {columns.Open("d")}
                      AND d.next_attempt_at <= clock_timestamp() AND {columns.Ready} AND {columns.Follows}
                  ORDER BY {columns.Order} LIMIT @most FOR UPDATE OF d SKIP LOCKED) due
            WHERE c.id = due.id
            RETURNING {columns.Columns}
            """;

    /// <summary>The receivers with due rows, except those that this instance is serving. One row a receiver is looked
    /// for, however many wait.</summary>
    public Task<List<TKey>> DueAsync(TKey[] busy, CancellationToken cancellationToken) =>
        database.QueryAsync(DueSql, static row => row.GetFieldValue<TKey>(0), cancellationToken, ("busy", busy));

    /// <summary>The time until the next row is due for a receiver that this instance is not serving; null if there is
    /// none.</summary>
    public Task<TimeSpan?> UntilNextAsync(TKey[] busy, CancellationToken cancellationToken) =>
        database.QuerySingleOrDefaultAsync<TimeSpan?>(
            NextSql,
            static row => row.IsDBNull(0) ? null : row.GetTimeSpan(0),
            cancellationToken,
            ("busy", busy)
        );

    /// <summary>Claims up to <paramref name="most"/> due rows of a receiver. Of any number of instances, one gets a
    /// row; it is due again when the lease ends.</summary>
    public Task<List<T>> ClaimAsync<T>(
        TKey receiver,
        int most,
        Func<NpgsqlDataReader, T> map,
        CancellationToken cancellationToken
    ) =>
        database.QueryAsync(
            ClaimSql,
            map,
            cancellationToken,
            ("receiver", receiver),
            ("most", most),
            ("lease", columns.Lease)
        );

    /// <summary>The receiver acknowledged. Written regardless of the current lease, so that an acknowledged message is
    /// never sent again.</summary>
    public Task AcknowledgeAsync(Guid id, int status) =>
        RecordAsync(
            $"""
            UPDATE {columns.Table} SET {columns.Delivered} = clock_timestamp(), abandoned_at = NULL,
                last_status = @status, last_error = NULL{columns.WhenSettled}{Assignments(columns.WhenDelivered)}
            WHERE id = @id AND {columns.Delivered} IS NULL
            """,
            ("id", id),
            ("status", status)
        );

    /// <summary>The attempt failed: it is repeated after the pause, or given up if the message is too old by then. Does
    /// nothing if the lease was lost.</summary>
    /// <param name="attempts">The number of the attempt, which tells a late answer from a current one.</param>
    public Task FailAsync(Guid id, int attempts, int? status, string? error, TimeSpan pause, TimeSpan giveUpAfter) =>
        RecordAsync(
            $"""
            UPDATE {columns.Table} c SET last_status = @status, last_error = @error,
                next_attempt_at = clock_timestamp() + @pause{columns.WhenSettled},
                abandoned_at = CASE WHEN {TooOld} THEN clock_timestamp() END{Abandonment}
            WHERE id = @id AND attempts = @attempts AND {columns.Open("c")}
            """,
            ("id", id),
            ("attempts", attempts),
            ("status", status ?? (object)new SqlNull(NpgsqlTypes.NpgsqlDbType.Integer)),
            ("error", SqlNull.Text(error)),
            ("pause", pause),
            ("give_up", giveUpAfter)
        );

    private const string TooOld = "clock_timestamp() + @pause > c.created_at + @give_up";

    private string Abandonment =>
        Assignments([
            .. columns.WhenAbandoned.Select(static one =>
                (one.Name, $"CASE WHEN {TooOld} THEN {one.Value} ELSE c.{one.Name} END")
            ),
        ]);

    private static string Assignments(IReadOnlyList<(string Name, string Value)> set) =>
        string.Concat(set.Select(static one => $", {one.Name} = {one.Value}"));

    /// <summary>Writes the result of an attempt, also if the database is away for a moment: a message that was
    /// acknowledged would be sent again. Not cancelled by the end of the host.</summary>
    private async Task RecordAsync(string sql, params (string Name, object? Value)[] parameters)
    {
        for (var left = columns.Lease / 2; ; left -= RecordPause)
        {
            try
            {
                await database.ExecuteAsync(sql, CancellationToken.None, parameters);
                return;
            }
            catch (NpgsqlException outage) when (left > TimeSpan.Zero && DatabaseOutage.Includes(outage))
            {
                await Task.Delay(RecordPause);
            }
        }
    }
}
