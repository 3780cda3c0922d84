using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Identity.Core.Data;
using Identity.Core.Keys;
using Identity.Core.Primitives;
using Microsoft.Extensions.Options;

namespace Identity.Core.Mail;

/// <summary>Queues mails in the transaction of the change that they report: both commit or neither does. Queue last,
/// because the recipient's counter is locked until the commit.</summary>
public sealed class MailOutbox(MailTexts texts, MasterKey master, IOptions<MailOptions> options)
{
    internal const string Purpose = "mail";

    // A lock lasts half an hour, and each known browser has its own.
    private static readonly (int Hour, int Day) LockNotices = (4, 12);

    // Somebody who knows only the password must not be able to fill the mailbox.
    private static readonly (int Hour, int Day) Codes = (10, 30);

    // These report changes by somebody with the account's credentials: the cap only stops a runaway client.
    private static readonly (int Hour, int Day) Notices = (20, 100);

    private const string Insert = """
        WITH allowed AS MATERIALIZED (
            SELECT FROM (SELECT count(*) AS day, count(*) FILTER (WHERE created_at > now() - interval '1 hour') AS hour
                  FROM idp.mail_outbox WHERE recipient_hash = @recipient AND kind = ANY (@kinds)
                      AND created_at > now() - interval '1 day') sent
            WHERE @real AND sent.hour < @per_hour AND sent.day < @per_day),
             link AS (
            INSERT INTO idp.secure_account_links (id, user_id, kind, token_hash)
            SELECT @id, @user_id, @kind, @secure FROM allowed WHERE @secure IS NOT NULL)
        INSERT INTO idp.mail_outbox (id, kind, user_id, recipient_hash, asked_for, content_protected)
        SELECT @id, @kind, @user_id, @recipient, @asked_for, @content FROM allowed
        """;

    private readonly byte[] _recipientKey = master.DeriveKey("mail_recipient");

    /// <summary> Queues a mail. False if the recipient's allowance is used up: then nothing is sent, and the caller
    /// gives its usual answer (RV-10). A caller that creates a token for the mail must not void an older one in that
    /// case.
    /// </summary>
    public Task<bool> QueueAsync(
        DatabaseTransaction transaction,
        MailMessage message,
        CancellationToken cancellationToken
    ) => RunAsync(transaction, message, real: true, cancellationToken);

    /// <summary>Does the work of <see cref="QueueAsync"/> without queuing, so that an address without an account takes
    /// as long as one with an account (EN-1).</summary>
    public async Task DryRunAsync(
        DatabaseTransaction transaction,
        MailMessage message,
        CancellationToken cancellationToken
    ) => await RunAsync(transaction, message, real: false, cancellationToken);

    private async Task<bool> RunAsync(
        DatabaseTransaction transaction,
        MailMessage message,
        bool real,
        CancellationToken cancellationToken
    )
    {
        var id = Guid.CreateVersion7();
        var content = master.Protect(Purpose, id.ToString("D"), texts.Write(message).ToBytes());
        var recipient = RecipientHash(message.To);
        var allowance = message.Kind.Allowance();
        var (perHour, perDay) = CapOf(allowance);
        // Count and insert are serialized per recipient, so that twenty parallel requests queue no more than
        // consecutive ones (BF-2).
        await transaction.ExecuteAsync(
            "SELECT pg_advisory_xact_lock(@recipient)",
            cancellationToken,
            ("recipient", BinaryPrimitives.ReadInt64BigEndian(recipient))
        );
        return await transaction.ExecuteAsync(
                Insert,
                cancellationToken,
                ("id", id),
                ("kind", message.Kind.Name()),
                ("user_id", SqlNull.Uuid(message.UserId)),
                ("recipient", recipient),
                ("asked_for", message.Kind.IsAskedFor()),
                ("kinds", MailKinds.NamesOf(allowance)),
                ("content", content),
                ("secure", SqlNull.Bytes(message.SecureToken?.Digest.Value)),
                ("real", real),
                ("per_hour", perHour),
                ("per_day", perDay)
            ) == 1;
    }

    private (int Hour, int Day) CapOf(MailAllowance allowance) =>
        allowance switch
        {
            MailAllowance.AskedFor => (options.Value.MaxPerHour, options.Value.MaxPerDay),
            MailAllowance.Lock => LockNotices,
            MailAllowance.Code => Codes,
            _ => Notices,
        };

    private byte[] RecipientHash(EmailAddress to) =>
        HMACSHA256.HashData(_recipientKey, Encoding.UTF8.GetBytes(to.Canonical));
}
