using Identity.Core.Data;
using Npgsql;

namespace Identity.Core.Logout;

/// <summary>The state of a delivery.</summary>
public enum LogoutState
{
    /// <summary>Not acknowledged yet; it is being tried or will be.</summary>
    Waiting,

    /// <summary>The client has acknowledged it.</summary>
    Delivered,

    /// <summary>Given up, because the client did not acknowledge in time.</summary>
    Abandoned,

    /// <summary>The client has no <c>backchannel_logout_uri</c>.</summary>
    NotApplicable,
}

/// <summary>An entry of the ledger as an operator sees it.</summary>
public sealed record LogoutLedgerEntry(
    Guid Id,
    Guid SessionId,
    Guid UserId,
    string ClientId,
    string Reason,
    LogoutState State,
    int Attempts,
    int? LastStatus,
    string? LastError,
    DateTimeOffset CreatedAt,
    DateTimeOffset? NextAttemptAt,
    DateTimeOffset? DeliveredAt,
    DateTimeOffset? AbandonedAt
);

/// <summary>Filters for entries; a null filter does not apply.</summary>
public sealed record LogoutLedgerFilter(
    string? ClientId = null,
    Guid? UserId = null,
    Guid? SessionId = null,
    bool OnlyWaiting = false
);

/// <summary>Reads the delivery ledger and lets an operator retry messages.</summary>
public sealed class LogoutLedger(Database database)
{
    private const int MaxRows = 500;

    /// <summary>Entries, newest first, at most 500.</summary>
    /// <param name="after">The position of the last entry of the previous page; null for the newest.</param>
    public Task<List<LogoutLedgerEntry>> ListAsync(
        LogoutLedgerFilter filter,
        int most,
        ListPlace? after,
        CancellationToken cancellationToken
    ) =>
        database.QueryAsync(
            """
            SELECT id, session_id, user_id, client_id, reason, attempts, last_status, last_error, created_at,
                next_attempt_at, delivered_at, abandoned_at, not_applicable
            FROM idp.logout_deliveries
            WHERE (@client IS NULL OR client_id = @client) AND (@user IS NULL OR user_id = @user) AND (@session IS NULL
                OR session_id = @session)
              AND (NOT @waiting OR (delivered_at IS NULL AND abandoned_at IS NULL))
              AND (@at IS NULL OR created_at < @at OR (created_at = @at AND id > @after))
            ORDER BY created_at DESC, id LIMIT @most
            """,
            Map,
            cancellationToken,
            ("client", SqlNull.Text(filter.ClientId)),
            ("user", SqlNull.Uuid(filter.UserId)),
            ("session", SqlNull.Uuid(filter.SessionId)),
            ("waiting", filter.OnlyWaiting),
            ("at", SqlNull.Time(after?.At)),
            ("after", SqlNull.Uuid(after?.Id)),
            ("most", Math.Clamp(most, 1, MaxRows))
        );

    /// <summary>Retries a message at once that waits or was given up. False if it was delivered, did not apply or is
    /// unknown.</summary>
    /// <remarks>Its age starts again; otherwise it would be given up at the next failure.</remarks>
    public Task<bool> RetryAsync(Guid id, CancellationToken cancellationToken) =>
        RetryAsync(database, id, cancellationToken);

    /// <inheritdoc cref="RetryAsync(Guid, CancellationToken)" />
    internal static async Task<bool> RetryAsync(SqlSession session, Guid id, CancellationToken cancellationToken) =>
        await session.QuerySingleOrDefaultAsync(
            """
            WITH again AS (
                UPDATE idp.logout_deliveries SET abandoned_at = NULL, next_attempt_at = clock_timestamp(),
                    created_at = clock_timestamp()
                WHERE id = @id AND delivered_at IS NULL AND NOT not_applicable RETURNING 1)
            SELECT true FROM again, pg_notify('identity_logout', '')
            """,
            static row => row.GetBoolean(0),
            cancellationToken,
            ("id", id)
        );

    private static LogoutLedgerEntry Map(NpgsqlDataReader row)
    {
        var (delivered, abandoned) = (Time(row, 10), Time(row, 11));
        var state =
            delivered is not null ? LogoutState.Delivered
            : row.GetBoolean(12) ? LogoutState.NotApplicable
            : abandoned is not null ? LogoutState.Abandoned
            : LogoutState.Waiting;
        return new(
            row.GetGuid(0),
            row.GetGuid(1),
            row.GetGuid(2),
            row.GetString(3),
            row.GetString(4),
            state,
            row.GetInt32(5),
            row.IsDBNull(6) ? null : row.GetInt32(6),
            row.IsDBNull(7) ? null : row.GetString(7),
            row.GetFieldValue<DateTimeOffset>(8),
            state == LogoutState.Waiting ? Time(row, 9) : null,
            delivered,
            abandoned
        );
    }

    private static DateTimeOffset? Time(NpgsqlDataReader row, int column) =>
        row.IsDBNull(column) ? null : row.GetFieldValue<DateTimeOffset>(column);
}
