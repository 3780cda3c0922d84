using Identity.Core.Audit;
using Identity.Core.Data;
using Identity.Core.Sessions;

namespace Identity.Core.Recovery;

/// <summary>
/// The first proof of an address that was never proved throws out what was set before it: whoever registered somebody
/// else's address and waited must not keep a
/// session, a second factor, a passkey or a grant in what is now that person's account (RV-8).
/// </summary>
public sealed class FirstProof(SessionStore sessions)
{
    private const string ThrowOut = """
        WITH codes AS (DELETE FROM idp.recovery_codes WHERE user_id = @id),
             devices AS (DELETE FROM idp.trusted_devices WHERE user_id = @id),
             passkeys AS (DELETE FROM idp.passkeys WHERE user_id = @id),
             logins AS (DELETE FROM idp.external_logins WHERE user_id = @id),
             links AS (DELETE FROM idp.magic_links WHERE user_id = @id),
             consents AS (UPDATE idp.grants SET revoked_at = now() WHERE user_id = @id AND revoked_at IS NULL),
             families AS (UPDATE idp.token_families SET revoked_at = now(), revoked_reason = 'address_proved' WHERE user_id = @id AND revoked_at IS NULL)
        UPDATE public.users SET two_factor_enabled = false, two_factor_secret = NULL, two_factor_last_step = NULL WHERE id = @id
        """;

    /// <summary>Notes that the address is proved; the first time, throws out what stood before. In a transaction that
    /// holds the account's row.</summary>
    /// <param name="keepSession">The session in whose browser the link was opened, when it is one of this
    /// account.</param>
    internal async Task NoteAsync(
        DatabaseTransaction transaction,
        Guid userId,
        Guid? keepSession,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        if (
            await transaction.ExecuteAsync(
                "UPDATE public.users SET email_verified = true WHERE id = @id AND NOT email_verified",
                cancellationToken,
                ("id", userId)
            ) == 0
        )
            return;
        await sessions.EndAllAsync(transaction, userId, keepSession, EndReason.Revoked, request, cancellationToken);
        await transaction.ExecuteAsync(ThrowOut, cancellationToken, ("id", userId));
    }
}
