using Identity.Core.Administration;
using Identity.Core.Audit;
using Identity.Core.Credentials;
using Identity.Core.Data;
using Identity.Core.Mail;
using Identity.Core.PersonalData;
using Identity.Core.Primitives;
using Identity.Core.Sessions;

namespace Identity.Core.Privacy;

// Privacy owns a person's rights to their data: a copy and erasure. Each room declares what it erases (PersonalData).

/// <summary> Erases an account (PR-1). Its sessions end first, so that every client is notified; then each room deletes
/// the person's data. The account's row stays, blank, so that its id is never used again (ID-4). Audit rows keep that
/// id, which no longer identifies anybody, and are dropped with their month.
/// </summary>
public sealed class AccountEraser(
    Database database,
    PersonalDataEraser data,
    SessionStore sessions,
    MailOutbox outbox,
    SecurityNotices notices,
    AuditLog audit
)
{
    /// <summary>Erases at the person's request, in a session; the caller must have done a step-up (SE-10). False if the
    /// proof is no longer valid or the person is the last administrator.</summary>
    public Task<bool> EraseAsync(CredentialProof proof, RequestContext request, CancellationToken cancellationToken) =>
        database.InTransactionAsync(
            async (transaction, cancel) =>
                await CredentialVersions.HoldAsync(transaction, proof, cancel)
                && await EraseAsync(transaction, proof.UserId, request, cancel)
                && await AuditAsync(transaction, proof.UserId, cancel),
            cancellationToken
        );

    /// <summary>Whether this person is the last administrator, who cannot be erased.</summary>
    public Task<bool> IsLastAdministratorAsync(Guid userId, CancellationToken cancellationToken) =>
        database.InTransactionAsync(
            async (transaction, cancel) =>
                await AdminRules.NotLastAdministratorAsync(transaction, userId, cancel) is not null,
            cancellationToken
        );

    /// <summary>Erases everything and queues a last mail to the former address, in the transaction of the caller, who
    /// writes the audit row. False if there is no such account or the person is the last administrator.</summary>
    internal async Task<bool> EraseAsync(
        DatabaseTransaction transaction,
        Guid userId,
        RequestContext request,
        CancellationToken cancel
    )
    {
        var owner = await transaction.QuerySingleOrDefaultAsync<(string Email, string? Name, string? Locale)?>(
            "SELECT email, coalesce(given_name, name), locale FROM public.users WHERE id = @id AND deleted_at "
                + "IS NULL FOR UPDATE",
            static row =>
                (
                    row.GetString(0),
                    row.IsDBNull(1) ? null : row.GetString(1),
                    row.IsDBNull(2) ? null : row.GetString(2)
                ),
            cancel,
            ("id", userId)
        );
        if (owner is not { } to || await AdminRules.NotLastAdministratorAsync(transaction, userId, cancel) is not null)
            return false;
        await sessions.EndAllAsync(transaction, userId, null, EndReason.UserDeleted, request, cancel);
        await data.EraseAsync(transaction, userId, cancel);
        if (EmailAddress.TryParse(to.Email, out var address))
            await outbox.QueueAsync(
                transaction,
                notices.Write(MailKind.AccountDeleted, address, null, to.Name, to.Locale, request),
                cancel
            );
        return true;
    }

    // Without IP address and user agent, because the row outlives the account.
    private async Task<bool> AuditAsync(
        DatabaseTransaction transaction,
        Guid userId,
        CancellationToken cancellationToken
    )
    {
        await audit.AppendAsync(
            transaction,
            new(AuditEventTypes.AccountDeleted, AuditStatus.Success, userId, null, null, null),
            cancellationToken
        );
        return true;
    }
}
