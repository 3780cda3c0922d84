using Identity.Core.Audit;
using Identity.Core.Credentials;
using Identity.Core.Data;
using Identity.Core.Mail;
using Identity.Core.Primitives;
using Identity.Core.Sessions;

namespace Identity.Core.Privacy;

// Privacy owns a person's rights to their data: a copy of it, and its end. It knows every room's tables and no room's
// rules.

/// <summary>
/// Erases an account (PR-1). Its sessions end first, so that every client is told; then everything that is the person's
/// is deleted, or blanked in the one row that
/// stays so that its id is never used again (ID-4). Audit rows stay under that id, which no longer leads to anybody,
/// and go with their month.
/// </summary>
public sealed class AccountEraser(
    Database database,
    SessionStore sessions,
    MailOutbox outbox,
    SecurityNotices notices,
    AuditLog audit
)
{
    // Deleting the sessions takes with it families, refresh tokens, session grants and lists of clients (ON DELETE
    // CASCADE). The lines of the logout ledger stay: they
    // hold ids only, and the clients are still to be told.
    private const string Delete = """
        WITH sessions AS (DELETE FROM public.sessions WHERE user_id = @id),
             resets AS (DELETE FROM public.password_reset_tokens WHERE user_id = @id),
             verifications AS (DELETE FROM public.email_verification_tokens WHERE user_id = @id),
             grants AS (DELETE FROM idp.grants WHERE user_id = @id),
             families AS (DELETE FROM idp.token_families WHERE user_id = @id),
             codes AS (DELETE FROM idp.recovery_codes WHERE user_id = @id),
             devices AS (DELETE FROM idp.trusted_devices WHERE user_id = @id),
             passkeys AS (DELETE FROM idp.passkeys WHERE user_id = @id),
             ceremonies AS (DELETE FROM idp.passkey_ceremonies WHERE user_id = @id),
             challenges AS (DELETE FROM idp.login_challenges WHERE user_id = @id),
             links AS (DELETE FROM idp.magic_links WHERE user_id = @id),
             reverts AS (DELETE FROM idp.email_change_reverts WHERE user_id = @id),
             logins AS (DELETE FROM idp.external_logins WHERE user_id = @id)
        DELETE FROM idp.mail_outbox WHERE user_id = @id
        """;

    private const string Blank = """
        UPDATE public.users SET email = 'erased-' || id || '@erased.invalid', email_verified = false, password_hash = NULL, password_changed_at = NULL,
            two_factor_enabled = false, two_factor_secret = NULL, two_factor_last_step = NULL, failed_login_attempts = 0, account_locked_until = NULL,
            last_login_at = NULL, last_login_ip = NULL, name = NULL, given_name = NULL, family_name = NULL, middle_name = NULL, nickname = NULL,
            preferred_username = NULL, profile = NULL, picture = NULL, website = NULL, gender = NULL, birthdate = NULL, zoneinfo = NULL, locale = NULL,
            phone_number = NULL, phone_number_verified = false, address = NULL, deleted_at = coalesce(deleted_at, now())
        WHERE id = @id
        """;

    /// <summary>Erases at the wish of the person, in a session; the caller has seen to the step-up (SE-10). False when
    /// the proof no longer holds.</summary>
    public Task<bool> EraseAsync(CredentialProof proof, RequestContext request, CancellationToken cancellationToken) =>
        database.InTransactionAsync(
            async (transaction, cancel) =>
                await CredentialVersions.HoldAsync(transaction, proof, cancel)
                && await EraseAsync(transaction, proof.UserId, request, cancel),
            cancellationToken
        );

    /// <summary>Erases at the wish of an operator. False when there is no such account.</summary>
    public Task<bool> EraseAsync(Guid userId, RequestContext request, CancellationToken cancellationToken) =>
        database.InTransactionAsync(
            (transaction, cancel) => EraseAsync(transaction, userId, request, cancel),
            cancellationToken
        );

    // Everything, and the last mail to the address that was, in one transaction.
    private async Task<bool> EraseAsync(
        DatabaseTransaction transaction,
        Guid userId,
        RequestContext request,
        CancellationToken cancel
    )
    {
        var owner = await transaction.QuerySingleOrDefaultAsync<(string Email, string? Name, string? Locale)?>(
            "SELECT email, coalesce(given_name, name), locale FROM public.users WHERE id = @id AND deleted_at IS NULL FOR UPDATE",
            static row =>
                (
                    row.GetString(0),
                    row.IsDBNull(1) ? null : row.GetString(1),
                    row.IsDBNull(2) ? null : row.GetString(2)
                ),
            cancel,
            ("id", userId)
        );
        if (owner is not { } to)
            return false;
        await sessions.EndAllAsync(transaction, userId, null, EndReason.UserDeleted, request, cancel);
        await transaction.ExecuteAsync(Delete, cancel, ("id", userId));
        await transaction.ExecuteAsync(Blank, cancel, ("id", userId));
        // Without address and browser: the row outlives the person.
        await audit.AppendAsync(
            transaction,
            new(AuditEventTypes.AccountDeleted, AuditStatus.Success, userId, null, null, null),
            cancel
        );
        if (EmailAddress.TryParse(to.Email, out var address))
            await outbox.QueueAsync(
                transaction,
                notices.Write(MailKind.AccountDeleted, address, null, to.Name, to.Locale, request),
                cancel
            );
        return true;
    }
}
