using Identity.Core.Audit;
using Identity.Core.Credentials;
using Identity.Core.Data;
using Identity.Core.Mail;
using Identity.Core.Primitives;
using Identity.Core.Sessions;
using Identity.Core.Users;
using Npgsql;

namespace Identity.Core.Recovery;

/// <summary>The outcome of confirming a new address.</summary>
public abstract record EmailChangeResult
{
    private EmailChangeResult() { }

    /// <summary>The account has the new address; other sessions have ended, and this one has a new token
    /// (SE-2).</summary>
    public sealed record Changed(string Email, OpaqueToken SessionToken) : EmailChangeResult
    {
        /// <summary>Redacted.</summary>
        public override string ToString() => "Changed(redacted)";
    }

    /// <summary>The link is unknown, expired, used or another account's, or another account has taken the address
    /// meanwhile.</summary>
    public sealed record LinkUnusable : EmailChangeResult;
}

/// <summary> Changes the address of an account (RV-7): requested after a step-up, and confirmed by a link at the new
/// address in a session of the account, so that a mistyped address gives nobody the account. The old address is
/// notified with a link to undo the change within 72 hours.
/// </summary>
public sealed class EmailChanger(
    Database database,
    MailRequests requests,
    UserStore users,
    SessionStore sessions,
    MailOutbox outbox,
    MailLinks links,
    OldAddressNotice notice,
    AuditLog audit
)
{
    private const string Consume = """
        UPDATE public.email_verification_tokens t SET used_at = now() FROM public.users u
        WHERE t.token_hash = @hash AND t.user_id = @id AND t.used_at IS NULL AND t.expires_at > now()
            AND u.id = t.user_id AND u.deleted_at IS NULL
          AND NOT u.is_disabled AND lower(u.email COLLATE "C") <> lower(t.email COLLATE "C")
        RETURNING t.email, u.email, u.email_verified, coalesce(u.given_name, u.name), u.locale
        """;

    /// <summary>Sends the link to the new address. If that address has an account, it gets a notice instead; the answer
    /// is the same (ID-3).</summary>
    /// <param name="proof">The session that asks.</param>
    public async Task<MailRequestResult> RequestAsync(
        UserAccount user,
        CredentialProof proof,
        EmailAddress next,
        string? locale,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        if (await requests.ReserveAsync(request, cancellationToken) is { } wait)
            return new MailRequestResult.Throttled(wait);
        var owner = await users.FindByEmailAsync(next, cancellationToken);
        var token = OpaqueToken.Create();
        await database.InTransactionAsync(
            async (transaction, cancel) =>
            {
                if (!await CredentialVersions.HoldAsync(transaction, proof, cancel))
                    return;
                MailMessage mail = owner is null
                    ? new(MailKind.EmailChangeConfirm, next, user.Id, MailRequests.LocaleOf(user, locale))
                    {
                        Link = links.ConfirmEmailChange(token),
                    }
                    : new(
                        MailKind.EmailAlreadyRegistered,
                        EmailAddress.Parse(owner.Email),
                        owner.Id,
                        MailRequests.LocaleOf(owner, locale)
                    )
                    {
                        Link = links.SignIn,
                    };
                var queued = await outbox.QueueAsync(transaction, mail, cancel);
                if (queued && owner is null)
                    await ReplaceTokenAsync(transaction, user, next, token, cancel);
                await AuditAsync(
                    transaction,
                    AuditEventTypes.EmailChangeRequested,
                    queued ? AuditStatus.Success : AuditStatus.Blocked,
                    user.Id,
                    request,
                    cancel
                );
            },
            cancellationToken
        );
        return new MailRequestResult.Accepted();
    }

    /// <summary>Confirms, in a session of the account.</summary>
    /// <param name="proof">The session.</param>
    public async Task<EmailChangeResult> ConfirmAsync(
        CredentialProof proof,
        OpaqueToken token,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await database.InTransactionAsync(
                (transaction, cancel) => ConfirmAsync(transaction, proof, token, request, cancel),
                cancellationToken
            );
        }
        catch (PostgresException clash) when (clash.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            // Another account was registered with the address after the link was sent (DB-2).
            return new EmailChangeResult.LinkUnusable();
        }
    }

    private async Task<EmailChangeResult> ConfirmAsync(
        DatabaseTransaction transaction,
        CredentialProof proof,
        OpaqueToken token,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        if (!await CredentialVersions.HoldAsync(transaction, proof, cancellationToken))
            return new EmailChangeResult.LinkUnusable();
        var (userId, sessionId) = (proof.UserId, proof.SessionId!.Value);
        var change = await transaction.QuerySingleOrDefaultAsync<AddressChange?>(
            Consume,
            static row =>
                new(
                    row.GetString(0),
                    row.GetString(1),
                    row.GetBoolean(2),
                    row.IsDBNull(3) ? null : row.GetString(3),
                    row.IsDBNull(4) ? null : row.GetString(4)
                ),
            cancellationToken,
            ("hash", token.Digest),
            ("id", userId)
        );
        if (
            change is not { } found
            || await sessions.RotateAsync(transaction, sessionId, cancellationToken) is not { } rotated
        )
            return new EmailChangeResult.LinkUnusable();

        await transaction.ExecuteAsync(
            $"UPDATE public.users SET email = @email, email_verified = true, {CredentialVersions.Raise} WHERE id = @id",
            cancellationToken,
            ("id", userId),
            ("email", found.Next)
        );
        await VoidLinksAsync(transaction, userId, cancellationToken);
        await sessions.EndAllAsync(transaction, userId, sessionId, EndReason.Revoked, request, cancellationToken);
        await AuditAsync(
            transaction,
            AuditEventTypes.EmailChanged,
            AuditStatus.Success,
            userId,
            request,
            cancellationToken
        );
        await notice.QueueAsync(transaction, userId, found, request, cancellationToken);
        return new EmailChangeResult.Changed(found.Next, rotated);
    }

    /// <summary>Sets the address, unverified, in the transaction of an action, which writes the audit row. All sessions
    /// end, and the old address, if it was verified, is notified with a link to undo the change.</summary>
    /// <exception cref="PostgresException">Unique violation: another account has the address.</exception>
    internal async Task SetAsync(
        DatabaseTransaction transaction,
        UserAccount user,
        EmailAddress next,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        await transaction.ExecuteAsync(
            $"""
            UPDATE public.users SET email = @email, email_verified = false, {CredentialVersions.Raise}
            WHERE id = @id
            """,
            cancellationToken,
            ("id", user.Id),
            ("email", next.Value)
        );
        await VoidLinksAsync(transaction, user.Id, cancellationToken);
        await sessions.EndAllAsync(transaction, user.Id, null, EndReason.AdminRevoked, request, cancellationToken);
        AddressChange change = new(
            next.Value,
            user.Email,
            user.EmailVerified,
            user.GivenName ?? user.Name,
            user.Locale
        );
        await notice.QueueAsync(transaction, user.Id, change, new(null, null, null), cancellationToken);
    }

    // Links mailed to the old address must not prove the new one (RV-1), nor lead to a password of the account: the
    // old mailbox has the link that undoes the change, and nothing else.
    private static async Task VoidLinksAsync(
        DatabaseTransaction transaction,
        Guid userId,
        CancellationToken cancellationToken
    )
    {
        foreach (
            var table in (string[])
                [
                    "public.password_reset_tokens",
                    "public.email_verification_tokens",
                    "idp.magic_links",
                    "idp.sign_in_codes",
                    "idp.secure_account_links",
                ]
        )
            await transaction.ExecuteAsync(
                $"UPDATE {table} SET used_at = now() WHERE user_id = @id AND used_at IS NULL",
                cancellationToken,
                ("id", userId)
            );
    }

    private static async Task ReplaceTokenAsync(
        DatabaseTransaction transaction,
        UserAccount user,
        EmailAddress next,
        OpaqueToken token,
        CancellationToken cancellationToken
    )
    {
        await transaction.ExecuteAsync(
            """
            UPDATE public.email_verification_tokens t SET used_at = now() FROM public.users u
            WHERE t.user_id = @id AND u.id = t.user_id AND t.used_at IS NULL
                AND lower(t.email COLLATE "C") <> lower(u.email COLLATE "C")
            """,
            cancellationToken,
            ("id", user.Id)
        );
        await transaction.ExecuteAsync(
            "INSERT INTO public.email_verification_tokens (id, user_id, email, token_hash) "
                + "VALUES (@token, @id, @email, @hash)",
            cancellationToken,
            ("token", Guid.CreateVersion7()),
            ("id", user.Id),
            ("email", next.Value),
            ("hash", token.Digest)
        );
    }

    private Task AuditAsync(
        DatabaseTransaction transaction,
        string type,
        AuditStatus status,
        Guid userId,
        RequestContext request,
        CancellationToken cancellationToken
    ) =>
        audit.AppendAsync(
            transaction,
            new(type, status, userId, request.IpAddress, request.UserAgent, null),
            cancellationToken
        );
}
