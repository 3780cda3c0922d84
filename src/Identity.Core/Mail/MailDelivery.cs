using System.Security.Cryptography;
using Identity.Core.Data;
using Identity.Core.Deliveries;
using Identity.Core.Keys;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Identity.Core.Mail;

/// <summary>A mail that one sender has claimed until its lease ends.</summary>
internal sealed record ClaimedMail(
    Guid Id,
    Guid Lease,
    string Kind,
    int Attempts,
    DateTimeOffset CreatedAt,
    MailContent? Content
);

/// <summary> The sender's view of the outbox. A claim is one statement that skips mails claimed by others; every later
/// update names the lease, so that a sender whose lease has expired cannot overwrite the work of another.
/// </summary>
internal sealed class MailDelivery(
    Database database,
    MasterKey master,
    IOptions<MailOptions> options,
    IHostEnvironment environment
)
{
    /// <summary>Longer than any delivery may take, so that no other sender takes the same mail meanwhile.</summary>
    internal static readonly TimeSpan Lease = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan MaxPause = TimeSpan.FromHours(1);

    private const string Claim = """
        UPDATE idp.mail_outbox SET lease = @lease, attempts = attempts + 1, next_attempt_at = now() + @length
        WHERE id = (SELECT id FROM idp.mail_outbox WHERE state = 'queued' AND next_attempt_at <= now()
                    ORDER BY next_attempt_at LIMIT 1 FOR UPDATE SKIP LOCKED)
        RETURNING id, kind, attempts, created_at, content_protected
        """;

    private const string Sent = """
        UPDATE idp.mail_outbox SET state = 'sent', sent_at = now(), lease = NULL, last_error = NULL, content_protected =
            CASE WHEN @keep THEN content_protected END
        WHERE id = @id AND lease = @lease AND state = 'queued'
        """;

    // Similar to mail servers (RFC 5321 4.5.4.1 says four to five days; links in a mail have long expired by then).
    private const string Deferred = """
        UPDATE idp.mail_outbox SET lease = NULL, last_error = @error, next_attempt_at = now() + @pause,
            state = CASE WHEN created_at < now() - interval '3 days' THEN 'abandoned' ELSE state END,
            abandoned_at = CASE WHEN created_at < now() - interval '3 days' THEN now() END
        WHERE id = @id AND lease = @lease AND state = 'queued'
        """;

    private const string Abandoned = """
        UPDATE idp.mail_outbox SET state = 'abandoned', abandoned_at = now(), lease = NULL, last_error = @error,
            content_protected = CASE WHEN @keep THEN content_protected END
        WHERE id = @id AND lease = @lease AND state = 'queued'
        """;

    /// <summary>Claims the mail that has been due longest, or returns null. Its content is null if its master key is
    /// not loaded.</summary>
    public Task<ClaimedMail?> ClaimAsync(CancellationToken cancellationToken)
    {
        var lease = Guid.NewGuid();
        return database.QuerySingleOrDefaultAsync<ClaimedMail?>(
            Claim,
            row =>
                new(
                    row.GetGuid(0),
                    lease,
                    row.GetString(1),
                    row.GetInt32(2),
                    row.GetFieldValue<DateTimeOffset>(3),
                    Unprotect(row.GetGuid(0), row.GetFieldValue<byte[]>(4))
                ),
            cancellationToken,
            ("lease", lease),
            ("length", Lease)
        );
    }

    /// <summary>The server accepted the mail. Its content is deleted, except in Development.</summary>
    public Task SettleSentAsync(ClaimedMail mail, CancellationToken cancellationToken)
    {
        MailMetrics.Count(mail, "sent");
        return database.ExecuteAsync(
            Sent,
            cancellationToken,
            ("id", mail.Id),
            ("lease", mail.Lease),
            ("keep", environment.IsDevelopment())
        );
    }

    /// <summary>Retry later: after a pause that doubles, with a random spread of a quarter; given up after three
    /// days.</summary>
    public Task SettleDeferredAsync(ClaimedMail mail, string error, CancellationToken cancellationToken)
    {
        MailMetrics.Count(mail, "deferred");
        return database.ExecuteAsync(
            Deferred,
            cancellationToken,
            ("id", mail.Id),
            ("lease", mail.Lease),
            ("error", error),
            ("pause", PauseAfter(mail.Attempts))
        );
    }

    /// <summary>The server refuses it permanently.</summary>
    public Task SettleAbandonedAsync(ClaimedMail mail, string error, CancellationToken cancellationToken)
    {
        MailMetrics.Count(mail, "abandoned");
        return database.ExecuteAsync(
            Abandoned,
            cancellationToken,
            ("id", mail.Id),
            ("lease", mail.Lease),
            ("error", error),
            ("keep", environment.IsDevelopment())
        );
    }

    internal TimeSpan PauseAfter(int attempts) => DeliveryPause.After(options.Value.FirstRetry, MaxPause, attempts);

    private MailContent? Unprotect(Guid id, byte[] content)
    {
        try
        {
            return MailContent.FromBytes(master.Unprotect(MailOutbox.Purpose, id.ToString("D"), content));
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}
