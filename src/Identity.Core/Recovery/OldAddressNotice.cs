using Identity.Core.Audit;
using Identity.Core.Data;
using Identity.Core.Mail;
using Identity.Core.Primitives;

namespace Identity.Core.Recovery;

/// <summary>From which address to which an account went.</summary>
/// <param name="WasProved">Whether somebody had proved the old address.</param>
internal sealed record AddressChange(string Next, string Old, bool WasProved, string? Name, string? Locale);

/// <summary>
/// Tells the old address of a change, with a link that takes it back for 72 hours (RV-7). An address that nobody proved
/// is not told: it may be a mistyped one, and the link would give a stranger the account. So a row of
/// <c>idp.email_change_reverts</c> says that the account had a proved address before (<see cref="FirstProof"/>).
/// </summary>
public sealed class OldAddressNotice(MailOutbox outbox, MailLinks links, SecurityNotices notices)
{
    /// <summary>Queues the mail in the transaction of the change.</summary>
    internal async Task QueueAsync(
        DatabaseTransaction transaction,
        Guid userId,
        AddressChange change,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        if (!change.WasProved)
            return;
        var revert = OpaqueToken.Create();
        await transaction.ExecuteAsync(
            "INSERT INTO idp.email_change_reverts (id, user_id, old_email, token_hash) "
                + "VALUES (@token, @id, @old, @hash)",
            cancellationToken,
            ("token", Guid.CreateVersion7()),
            ("id", userId),
            ("old", change.Old),
            ("hash", revert.Digest)
        );
        var notice = notices.Write(
            MailKind.EmailChangeNotice,
            EmailAddress.Parse(change.Old),
            userId,
            change.Name,
            change.Locale,
            request,
            ("email", change.Next)
        );
        await outbox.QueueAsync(transaction, notice with { Link = links.RevertEmailChange(revert) }, cancellationToken);
    }
}
