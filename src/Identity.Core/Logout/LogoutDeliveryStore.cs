using Identity.Core.Data;
using Npgsql;

namespace Identity.Core.Logout;

/// <summary>The deliverer's view of the ledger. All times are the database's, so the clocks of instances need not
/// agree.</summary>
public sealed class LogoutDeliveryStore(Database database)
{
    /// <summary>How long a claimed row belongs to its instance: much longer than one attempt. If an instance is killed,
    /// its rows are delayed by this time.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    private const string Open = "d.delivered_at IS NULL AND d.abandoned_at IS NULL";

    /// <summary>The clients with due messages, except those that this instance is serving.</summary>
    public Task<List<string>> DueClientsAsync(string[] busy, CancellationToken cancellationToken) =>
        database.QueryAsync(
            $"""
            SELECT DISTINCT d.client_id FROM idp.logout_deliveries d
            WHERE {Open} AND d.next_attempt_at <= clock_timestamp() AND d.client_id <> ALL (@busy)
            """,
            static row => row.GetString(0),
            cancellationToken,
            ("busy", busy)
        );

    /// <summary>The time until the next message is due for a client that this instance is not serving; null if there is
    /// none.</summary>
    public Task<TimeSpan?> UntilNextAsync(string[] busy, CancellationToken cancellationToken) =>
        database.QuerySingleOrDefaultAsync<TimeSpan?>(
            $"""
            SELECT min(d.next_attempt_at) - clock_timestamp() FROM idp.logout_deliveries d WHERE {Open}
                AND d.client_id <> ALL (@busy)
            """,
            static row => row.IsDBNull(0) ? null : row.GetTimeSpan(0),
            cancellationToken,
            ("busy", busy)
        );

    /// <summary>Claims up to <paramref name="most"/> due rows of a client. Of any number of instances, one gets a row;
    /// it is due again when the lease ends.</summary>
    public Task<List<LogoutDelivery>> ClaimAsync(string clientId, int most, CancellationToken cancellationToken) =>
        database.QueryAsync(
            $"""
            UPDATE idp.logout_deliveries c SET attempts = c.attempts + 1, next_attempt_at = clock_timestamp() + @lease
            FROM (SELECT d.id FROM idp.logout_deliveries d
                  WHERE d.client_id = @client AND {Open} AND d.next_attempt_at <= clock_timestamp()
                  ORDER BY d.next_attempt_at LIMIT @most FOR UPDATE SKIP LOCKED) due
            WHERE c.id = due.id
            RETURNING c.id, c.session_id, c.user_id, c.client_id, c.reason, c.created_at, c.attempts
            """,
            Map,
            cancellationToken,
            ("client", clientId),
            ("most", most),
            ("lease", Lease)
        );

    /// <summary>The client acknowledged. Written regardless of the current lease, so that an acknowledged message is
    /// never sent again.</summary>
    public Task AcknowledgeAsync(LogoutDelivery delivery, int status, CancellationToken cancellationToken) =>
        database.ExecuteAsync(
            """
            UPDATE idp.logout_deliveries SET delivered_at = clock_timestamp(), last_status = @status, last_error = NULL
            WHERE id = @id AND delivered_at IS NULL
            """,
            cancellationToken,
            ("id", delivery.Id),
            ("status", status)
        );

    /// <summary>The attempt failed: it is repeated after the pause, or given up if the message is too old by then. Does
    /// nothing if the lease was lost.</summary>
    public Task FailAsync(
        LogoutDelivery delivery,
        LogoutAnswer answer,
        TimeSpan pause,
        TimeSpan giveUpAfter,
        CancellationToken cancellationToken
    ) =>
        database.ExecuteAsync(
            """
            UPDATE idp.logout_deliveries
            SET last_status = @status, last_error = @error, next_attempt_at = clock_timestamp() + @pause,
                abandoned_at = CASE WHEN clock_timestamp() + @pause > created_at + @give_up THEN clock_timestamp() END
            WHERE id = @id AND attempts = @attempts AND delivered_at IS NULL AND abandoned_at IS NULL
            """,
            cancellationToken,
            ("id", delivery.Id),
            ("attempts", delivery.Attempts),
            ("status", Integer(answer.Status)),
            ("error", SqlNull.Text(answer.Error)),
            ("pause", pause),
            ("give_up", giveUpAfter)
        );

    /// <summary>Other messages for a client that cannot be reached wait as long as the failed attempt.</summary>
    public Task PostponeAsync(string clientId, TimeSpan pause, CancellationToken cancellationToken) =>
        database.ExecuteAsync(
            $"""
            UPDATE idp.logout_deliveries d SET next_attempt_at = clock_timestamp() + @pause
            WHERE d.client_id = @client AND {Open} AND d.next_attempt_at <= clock_timestamp()
            """,
            cancellationToken,
            ("client", clientId),
            ("pause", pause)
        );

    /// <summary>The client does not use back-channel logout: its rows are closed, and the ledger records the
    /// reason.</summary>
    public Task CloseAsNotApplicableAsync(string clientId, CancellationToken cancellationToken) =>
        database.ExecuteAsync(
            $"""
            UPDATE idp.logout_deliveries d SET abandoned_at = clock_timestamp(), not_applicable = true
            WHERE d.client_id = @client AND {Open} AND d.next_attempt_at <= clock_timestamp()
            """,
            cancellationToken,
            ("client", clientId)
        );

    private static LogoutDelivery Map(NpgsqlDataReader row) =>
        new(
            row.GetGuid(0),
            row.GetGuid(1),
            row.GetGuid(2),
            row.GetString(3),
            row.GetString(4),
            row.GetFieldValue<DateTimeOffset>(5),
            row.GetInt32(6)
        );

    private static object Integer(int? value) => value ?? (object)new SqlNull(NpgsqlTypes.NpgsqlDbType.Integer);
}
