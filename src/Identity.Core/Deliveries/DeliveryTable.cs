using Identity.Core.Data;
using Npgsql;

namespace Identity.Core.Deliveries;

/// <summary>What the statements of a ledger need to know about its table, which has the columns <c>id</c>,
/// <c>created_at</c>, <c>next_attempt_at</c>, <c>attempts</c>, <c>last_status</c>, <c>last_error</c>,
/// <c>delivered_at</c> and <c>abandoned_at</c>. All parts are constants of the program.</summary>
/// <param name="Table">Its name with the schema.</param>
/// <param name="Receiver">The column that identifies the receiver.</param>
/// <param name="Columns">What a claim returns, with the alias <c>c</c>.</param>
/// <param name="Ready">When a due row may be claimed: a condition on the alias <c>d</c>.</param>
/// <param name="Order">The order of a claim, on the alias <c>d</c>.</param>
internal sealed record DeliveryColumns(string Table, string Receiver, string Columns, string Ready, string Order);

/// <summary>The deliverer's view of a ledger. All times are the database's, so the clocks of instances need not agree.
/// </summary>
/// <typeparam name="TKey">The type of the receiver's column.</typeparam>
internal sealed class DeliveryTable<TKey>(Database database, DeliveryColumns columns)
    where TKey : notnull
{
    /// <summary>How long a claimed row belongs to its instance: much longer than one attempt. If an instance is killed,
    /// its rows are delayed by this time.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    private const string Open = "d.delivered_at IS NULL AND d.abandoned_at IS NULL";

    /// <summary>The receivers with due rows, except those that this instance is serving.</summary>
    public Task<List<TKey>> DueAsync(TKey[] busy, CancellationToken cancellationToken) =>
        database.QueryAsync(
            $"""
            SELECT DISTINCT d.{columns.Receiver} FROM {columns.Table} d
            WHERE {Open} AND d.next_attempt_at <= clock_timestamp() AND d.{columns.Receiver} <> ALL (@busy)
                AND {columns.Ready}
            """,
            static row => row.GetFieldValue<TKey>(0),
            cancellationToken,
            ("busy", busy)
        );

    /// <summary>The time until the next row is due for a receiver that this instance is not serving; null if there is
    /// none.</summary>
    public Task<TimeSpan?> UntilNextAsync(TKey[] busy, CancellationToken cancellationToken) =>
        database.QuerySingleOrDefaultAsync<TimeSpan?>(
            $"""
            SELECT min(d.next_attempt_at) - clock_timestamp() FROM {columns.Table} d WHERE {Open}
                AND d.{columns.Receiver} <> ALL (@busy)
            """,
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
            $"""
            UPDATE {columns.Table} c SET attempts = c.attempts + 1, next_attempt_at = clock_timestamp() + @lease
            FROM (SELECT d.id FROM {columns.Table} d
                  WHERE d.{columns.Receiver} = @receiver AND {Open} AND d.next_attempt_at <= clock_timestamp()
                      AND {columns.Ready}
                  ORDER BY {columns.Order} LIMIT @most FOR UPDATE OF d SKIP LOCKED) due
            WHERE c.id = due.id
            RETURNING {columns.Columns}
            """,
            map,
            cancellationToken,
            ("receiver", receiver),
            ("most", most),
            ("lease", Lease)
        );

    /// <summary>The receiver acknowledged. Written regardless of the current lease, so that an acknowledged message is
    /// never sent again.</summary>
    public Task AcknowledgeAsync(Guid id, int status, CancellationToken cancellationToken) =>
        database.ExecuteAsync(
            $"""
            UPDATE {columns.Table} SET delivered_at = clock_timestamp(), last_status = @status, last_error = NULL
            WHERE id = @id AND delivered_at IS NULL
            """,
            cancellationToken,
            ("id", id),
            ("status", status)
        );

    /// <summary>The attempt failed: it is repeated after the pause, or given up if the message is too old by then. Does
    /// nothing if the lease was lost.</summary>
    /// <param name="attempts">The number of the attempt, which tells a late answer from a current one.</param>
    public Task FailAsync(
        Guid id,
        int attempts,
        int? status,
        string? error,
        TimeSpan pause,
        TimeSpan giveUpAfter,
        CancellationToken cancellationToken
    ) =>
        database.ExecuteAsync(
            $"""
            UPDATE {columns.Table}
            SET last_status = @status, last_error = @error, next_attempt_at = clock_timestamp() + @pause,
                abandoned_at = CASE WHEN clock_timestamp() + @pause > created_at + @give_up THEN clock_timestamp() END
            WHERE id = @id AND attempts = @attempts AND delivered_at IS NULL AND abandoned_at IS NULL
            """,
            cancellationToken,
            ("id", id),
            ("attempts", attempts),
            ("status", status ?? (object)new SqlNull(NpgsqlTypes.NpgsqlDbType.Integer)),
            ("error", SqlNull.Text(error)),
            ("pause", pause),
            ("give_up", giveUpAfter)
        );

    /// <summary>Other rows for a receiver that cannot be reached wait as long as the failed attempt.</summary>
    public Task PostponeAsync(TKey receiver, TimeSpan pause, CancellationToken cancellationToken) =>
        database.ExecuteAsync(
            $"""
            UPDATE {columns.Table} d SET next_attempt_at = clock_timestamp() + @pause
            WHERE d.{columns.Receiver} = @receiver AND {Open} AND d.next_attempt_at <= clock_timestamp()
            """,
            cancellationToken,
            ("receiver", receiver),
            ("pause", pause)
        );
}
