using System.Security.Cryptography;
using Identity.Core.Data;
using Identity.Core.Deliveries;
using Identity.Core.Keys;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Identity.Core.Mail;

/// <summary>A mail that one sender has claimed until its lease ends.</summary>
/// <param name="Content">Null if its master key is not loaded.</param>
internal sealed record ClaimedMail(Guid Id, string Kind, int Attempts, DateTimeOffset CreatedAt, MailContent? Content);

/// <summary>The sender's view of the outbox. The mail server is its one receiver.</summary>
internal sealed class MailDelivery
{
    /// <summary>The receiver of every mail.</summary>
    internal const string Receiver = "smtp";

    private static readonly TimeSpan MaxPause = TimeSpan.FromHours(1);

    // Similar to mail servers (RFC 5321 4.5.4.1 says four to five days; links in a mail have long expired by then).
    private static readonly TimeSpan GiveUpAfter = TimeSpan.FromDays(3);

    private const int Accepted = 250;

    private readonly MasterKey _master;
    private readonly MailOptions _options;

    public MailDelivery(
        Database database,
        MasterKey master,
        IOptions<MailOptions> options,
        IHostEnvironment environment
    )
    {
        (_master, _options) = (master, options.Value);
        Table = new(database, ColumnsOf(keepContent: environment.IsDevelopment()));
    }

    /// <summary>The shared statements.</summary>
    public DeliveryTable<string> Table { get; }

    /// <summary>Claims the mail that has been due longest; none if nothing is due. A server takes one at a time.
    /// </summary>
    public Task<List<ClaimedMail>> ClaimAsync(CancellationToken cancellationToken) =>
        Table.ClaimAsync(Receiver, 1, Map, cancellationToken);

    /// <summary>Records the server's answer: accepted, to be tried again after a pause that doubles (given up after
    /// three days), or refused permanently. The content is deleted at the end, except in Development.</summary>
    public Task SettleAsync(ClaimedMail mail, SmtpOutcome outcome)
    {
        switch (outcome)
        {
            case SmtpOutcome.NotNow(var reason, var status):
                MailMetrics.Count(mail, "deferred");
                var pause = DeliveryPause.After(_options.FirstRetry, MaxPause, mail.Attempts);
                return Table.FailAsync(mail.Id, mail.Attempts, status, reason, pause, GiveUpAfter);
            case SmtpOutcome.Never(var reason, var status):
                MailMetrics.Count(mail, "abandoned");
                return Table.FailAsync(mail.Id, mail.Attempts, status, reason, TimeSpan.Zero, TimeSpan.Zero);
            default:
                MailMetrics.Count(mail, "sent");
                return Table.AcknowledgeAsync(mail.Id, Accepted);
        }
    }

    private static DeliveryColumns ColumnsOf(bool keepContent)
    {
        (string, string)[] content = keepContent ? [] : [("content_protected", "NULL")];
        return new(
            "idp.mail_outbox",
            $"SELECT '{Receiver}' AS receiver",
            $"'{Receiver}'",
            "c.id, c.kind, c.attempts, c.created_at, c.content_protected",
            "d.next_attempt_at"
        )
        {
            Delivered = "sent_at",
            OpenState = "queued",
            // Longer than a server may take, so that no other sender takes the same mail meanwhile.
            Lease = TimeSpan.FromMinutes(5),
            // Tells a mail that is being sent from one that waits (MailLedger).
            WhenClaimed = ", lease = gen_random_uuid()",
            WhenSettled = ", lease = NULL",
            WhenDelivered = [("state", "'sent'"), .. content],
            WhenAbandoned = [("state", "'abandoned'"), .. content],
        };
    }

    private ClaimedMail Map(NpgsqlDataReader row) =>
        new(
            row.GetGuid(0),
            row.GetString(1),
            row.GetInt32(2),
            row.GetFieldValue<DateTimeOffset>(3),
            Unprotect(row.GetGuid(0), row.GetFieldValue<byte[]>(4))
        );

    private MailContent? Unprotect(Guid id, byte[] content)
    {
        try
        {
            return MailContent.FromBytes(_master.Unprotect(MailOutbox.Purpose, id.ToString("D"), content));
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}
