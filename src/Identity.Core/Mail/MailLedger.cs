using Identity.Core.Data;
using Npgsql;

namespace Identity.Core.Mail;

/// <summary>The state of a mail.</summary>
public enum MailState
{
    /// <summary>The server has not accepted it yet; it is being tried or will be.</summary>
    Queued,

    /// <summary>The server accepted it.</summary>
    Sent,

    /// <summary>Given up: refused permanently, or not accepted within three days.</summary>
    Abandoned,
}

/// <summary>A mail as an operator sees it, without its recipient and content.</summary>
public sealed record MailLedgerEntry(
    Guid Id,
    string Kind,
    Guid? UserId,
    MailState State,
    int Attempts,
    string? LastError,
    DateTimeOffset CreatedAt,
    DateTimeOffset? NextAttemptAt,
    DateTimeOffset? SentAt,
    DateTimeOffset? AbandonedAt
);

/// <summary>Filters for mails; a null filter does not apply.</summary>
public sealed record MailLedgerFilter(MailState? State = null, Guid? UserId = null);

/// <summary>Mails that wait for the server.</summary>
/// <param name="Since">When the oldest of them was queued.</param>
/// <param name="LastError">Why it was not accepted; null if it was not tried.</param>
public sealed record WaitingMail(DateTimeOffset Since, string? LastError);

/// <summary>Reads the outbox for operators and retries waiting mails at once.</summary>
public sealed class MailLedger(Database database)
{
    private const int MaxRows = 500;

    /// <summary>Mails, newest first, at most 500.</summary>
    /// <param name="after">The position of the last entry of the previous page; null for the newest.</param>
    public Task<List<MailLedgerEntry>> ListAsync(
        MailLedgerFilter filter,
        int most,
        ListPlace? after,
        CancellationToken cancellationToken
    ) =>
        database.QueryAsync(
            """
            SELECT id, kind, user_id, state, attempts, last_error, created_at, next_attempt_at, sent_at, abandoned_at
            FROM idp.mail_outbox
            WHERE (@state IS NULL OR state = @state) AND (@user IS NULL OR user_id = @user)
              AND (@at IS NULL OR created_at < @at OR (created_at = @at AND id < @after))
            ORDER BY created_at DESC, id DESC LIMIT @most
            """,
            Map,
            cancellationToken,
            ("state", SqlNull.Text(filter.State is { } state ? Name(state) : null)),
            ("user", SqlNull.Uuid(filter.UserId)),
            ("at", SqlNull.Time(after?.At)),
            ("after", SqlNull.Uuid(after?.Id)),
            ("most", Math.Clamp(most, 1, MaxRows))
        );

    /// <summary>The oldest mail that has waited for longer than <paramref name="patience"/>; null if there is
    /// none.</summary>
    public Task<WaitingMail?> WaitingAsync(TimeSpan patience, CancellationToken cancellationToken) =>
        database.QuerySingleOrDefaultAsync<WaitingMail?>(
            """
            SELECT created_at, last_error FROM idp.mail_outbox WHERE state = 'queued' AND created_at < now() - @patience
            ORDER BY created_at LIMIT 1
            """,
            static row => new(row.GetFieldValue<DateTimeOffset>(0), row.IsDBNull(1) ? null : row.GetString(1)),
            cancellationToken,
            ("patience", patience)
        );

    /// <summary>Makes every waiting mail due now, for example when the mail server is back; a running instance sends
    /// them within seconds. Mails that are being sent are left alone. Returns the number of mails.</summary>
    public Task<int> RetryAsync(CancellationToken cancellationToken) =>
        database.QuerySingleOrDefaultAsync(
            """
            WITH again AS (
                UPDATE idp.mail_outbox SET next_attempt_at = now()
                WHERE state = 'queued' AND lease IS NULL AND next_attempt_at > now() RETURNING 1),
                 told AS (SELECT pg_notify('identity_changed', 'mail_outbox'))
            SELECT (SELECT count(*) FROM again)::integer FROM told
            """,
            static row => row.GetInt32(0),
            cancellationToken
        );

    private static MailLedgerEntry Map(NpgsqlDataReader row)
    {
        var state = Enum.Parse<MailState>(row.GetString(3), ignoreCase: true);
        return new(
            row.GetGuid(0),
            row.GetString(1),
            row.IsDBNull(2) ? null : row.GetGuid(2),
            state,
            row.GetInt32(4),
            row.IsDBNull(5) ? null : row.GetString(5),
            row.GetFieldValue<DateTimeOffset>(6),
            state == MailState.Queued ? Time(row, 7) : null,
            Time(row, 8),
            Time(row, 9)
        );
    }

    private static string Name(MailState state) =>
        state switch
        {
            MailState.Queued => "queued",
            MailState.Sent => "sent",
            _ => "abandoned",
        };

    private static DateTimeOffset? Time(NpgsqlDataReader row, int column) =>
        row.IsDBNull(column) ? null : row.GetFieldValue<DateTimeOffset>(column);
}
