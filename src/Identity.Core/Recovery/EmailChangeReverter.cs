using Identity.Core.Audit;
using Identity.Core.Credentials;
using Identity.Core.Data;
using Identity.Core.PersonalData;
using Identity.Core.Primitives;
using Identity.Core.Sessions;
using Npgsql;

namespace Identity.Core.Recovery;

/// <summary>Undoes a change of address with the link that was mailed to the old address (RV-7).</summary>
public sealed class EmailChangeReverter(
    Database database,
    SessionStore sessions,
    PersonalDataEraser data,
    AuditLog audit
)
{
    // The password was enough to change the address, so a stranger may know it. It is removed, and the owner chooses
    // another by mail.
    private const string Restore = $"""
        UPDATE public.users SET email = @email, email_verified = true, password_hash = NULL,
            password_changed_at = now(), {CredentialVersions.Raise}
        WHERE id = @id
        """;

    /// <summary> Undoes a change from the mailbox of the old address. The address is restored, every session ends,
    /// whatever was set up since the change is removed, and the password no longer works, so the caller leads on to
    /// choosing a new one. Never for GET or HEAD (RV-2).
    /// </summary>
    public async Task<EmailProofResult> RevertAsync(
        OpaqueToken token,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await database.InTransactionAsync(
                (transaction, cancel) => RevertAsync(transaction, token, request, cancel),
                cancellationToken
            );
        }
        catch (PostgresException clash) when (clash.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            return new EmailProofResult.LinkUnusable();
        }
    }

    /// <summary>Whether a link to undo a change could be used now. Consumes nothing.</summary>
    public Task<bool> IsRevertUsableAsync(OpaqueToken token, CancellationToken cancellationToken) =>
        database.QuerySingleOrDefaultAsync(
            """
            SELECT true FROM idp.email_change_reverts r JOIN public.users u ON u.id = r.user_id
            WHERE r.token_hash = @hash AND r.used_at IS NULL AND r.expires_at > now() AND u.deleted_at IS NULL
            """,
            static row => row.GetBoolean(0),
            cancellationToken,
            ("hash", token.Digest)
        );

    private async Task<EmailProofResult> RevertAsync(
        DatabaseTransaction transaction,
        OpaqueToken token,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        var owner = await transaction.QuerySingleOrDefaultAsync<Guid?>(
            "SELECT user_id FROM idp.email_change_reverts WHERE token_hash = @hash",
            static row => row.GetGuid(0),
            cancellationToken,
            ("hash", token.Digest)
        );
        if (owner is not { } userId || !await MailRequests.LockAsync(transaction, userId, cancellationToken))
            return new EmailProofResult.LinkUnusable();
        var back = await transaction.QuerySingleOrDefaultAsync<(string Email, DateTimeOffset Since)?>(
            """
            UPDATE idp.email_change_reverts SET used_at = now() WHERE token_hash = @hash AND used_at IS NULL
                AND expires_at > now() RETURNING old_email, created_at
            """,
            static row => (row.GetString(0), row.GetFieldValue<DateTimeOffset>(1)),
            cancellationToken,
            ("hash", token.Digest)
        );
        if (back is not { } found)
            return new EmailProofResult.LinkUnusable();

        await transaction.ExecuteAsync(Restore, cancellationToken, ("id", userId), ("email", found.Email));
        await data.ForgetSinceAsync(transaction, userId, found.Since, cancellationToken);
        await sessions.EndAllAsync(transaction, userId, null, EndReason.Revoked, request, cancellationToken);
        await audit.AppendAsync(
            transaction,
            new(
                AuditEventTypes.EmailChangeReverted,
                AuditStatus.Success,
                userId,
                request.IpAddress,
                request.UserAgent,
                null
            ),
            cancellationToken
        );
        return new EmailProofResult.Proved(userId, found.Email);
    }
}
