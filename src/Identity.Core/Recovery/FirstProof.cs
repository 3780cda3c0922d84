using Identity.Core.Audit;
using Identity.Core.Credentials;
using Identity.Core.Data;
using Identity.Core.PersonalData;
using Identity.Core.Sessions;

namespace Identity.Core.Recovery;

/// <summary>The outcome of the first proof of an address.</summary>
/// <param name="PasswordEnded">The password was removed, because it was set in another browser, perhaps by somebody who
/// never owned the address.</param>
/// <param name="Browser">What this browser has proved, with the new credential version; null if it proved nothing or
/// the address was already proved.</param>
internal sealed record FirstProofOutcome(bool PasswordEnded, CredentialProof? Browser);

/// <summary> The first proof of an address removes what was set up before: somebody who registered another person's
/// address and waited must not keep a session, a second factor, a passkey or a grant in that person's account (RV-8).
/// </summary>
public sealed class FirstProof(SessionStore sessions, PersonalDataEraser data)
{
    /// <summary>Records that the address is proved; the first time, removes what was set up before. Call it in a
    /// transaction that has locked the account's row.</summary>
    /// <param name="browser">What the browser that opened the link has proved: the sign-up, or the password. Null for
    /// any other browser.</param>
    internal async Task<FirstProofOutcome> NoteAsync(
        DatabaseTransaction transaction,
        Guid userId,
        CredentialProof? browser,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        var found = await transaction.QuerySingleOrDefaultAsync<(long Version, bool IsReplaced)?>(
            $"""
            UPDATE public.users u SET email_verified = true, {CredentialVersions.Raise}
            WHERE id = @id AND NOT email_verified RETURNING credential_version - 1,
                EXISTS (SELECT FROM idp.email_change_reverts r WHERE r.user_id = u.id)
            """,
            static row => (row.GetInt64(0), row.GetBoolean(1)),
            cancellationToken,
            ("id", userId)
        );
        if (found is not (var version, var isReplaced))
            return new(PasswordEnded: false, null);
        var isKnown = browser is { } proof && proof.UserId == userId && proof.Version == version;
        // An operator set this address in the place of one that was proved: what the owner set up before is theirs, and
        // the reader of the new mailbox may be somebody else (EmailChanger).
        if (isReplaced)
            return new(PasswordEnded: false, isKnown ? browser! with { Version = version + 1 } : null);
        await sessions.EndAllAsync(
            transaction,
            userId,
            isKnown ? browser!.SessionId : null,
            EndReason.Revoked,
            request,
            cancellationToken
        );
        await data.ForgetUnprovedAsync(transaction, userId, cancellationToken);
        if (isKnown)
            return new(PasswordEnded: false, browser! with { Version = version + 1 });
        var ended = await transaction.ExecuteAsync(
            """
            UPDATE public.users SET password_hash = NULL, password_changed_at = now()
            WHERE id = @id AND password_hash IS NOT NULL
            """,
            cancellationToken,
            ("id", userId)
        );
        return new(PasswordEnded: ended == 1, null);
    }
}
