using Identity.Core.Audit;
using Identity.Core.Credentials;
using Identity.Core.Data;
using Identity.Core.Mail;
using Identity.Core.Primitives;
using Identity.Core.Users;

namespace Identity.Core.Recovery;

/// <summary>Proves the address of an account by a link that works once, within 24 hours, and only while it is the
/// newest.</summary>
public sealed class EmailVerifier(
    Database database,
    MailRequests requests,
    MailOutbox outbox,
    MailLinks links,
    FirstProof proof,
    AuditLog audit
)
{
    // Bound to the account and its current address (RV-1): after a change of address this finds nothing. Times are the
    // database's.
    private const string Consume = """
        UPDATE public.email_verification_tokens t SET used_at = now() FROM public.users u
        WHERE t.token_hash = @hash AND t.used_at IS NULL AND t.expires_at > now() AND u.id = t.user_id
            AND u.deleted_at IS NULL AND NOT u.is_disabled
          AND lower(u.email COLLATE "C") = lower(t.email COLLATE "C")
        RETURNING u.email
        """;

    /// <summary>Sends the link again if the typed address has an account. Answer and work are the same for every
    /// address (EN-1).</summary>
    public async Task<MailRequestResult> ResendAsync(
        string? email,
        string? locale,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        if (await requests.ReserveAsync(request, cancellationToken) is { } wait)
            return new MailRequestResult.Throttled(wait);
        var (user, to) = await requests.FindAsync(email, cancellationToken);
        await database.InTransactionAsync(
            (transaction, cancel) =>
                QueueAsync(transaction, user is { EmailVerified: false } ? user : null, to, locale, request, cancel),
            cancellationToken
        );
        return new MailRequestResult.Accepted();
    }

    /// <summary>Proves the address. Never call it for GET or HEAD, because mail programs open links too
    /// (RV-2).</summary>
    /// <param name="browser">What this browser has proved about the account: a session, a pending sign-in, or the
    /// sign-up. The first proof ends everything else, including a password that this browser does not know
    /// (RV-8).</param>
    public Task<EmailProofResult> VerifyAsync(
        OpaqueToken token,
        CredentialProof? browser,
        RequestContext request,
        CancellationToken cancellationToken
    ) =>
        database.InTransactionAsync<EmailProofResult>(
            async (transaction, cancel) =>
            {
                if (
                    await OwnerAsync(transaction, token, cancel) is not { } userId
                    || !await MailRequests.LockAsync(transaction, userId, cancel)
                )
                    return new EmailProofResult.LinkUnusable();
                var email = await transaction.QuerySingleOrDefaultAsync<string?>(
                    Consume,
                    static row => row.GetString(0),
                    cancel,
                    ("hash", token.Digest)
                );
                if (email is null)
                    return new EmailProofResult.LinkUnusable();
                var first = await proof.NoteAsync(transaction, userId, browser, request, cancel);
                var link = first.PasswordEnded
                    ? await PasswordRecovery.LinkAsync(transaction, userId, request, cancel)
                    : null;
                await audit.AppendAsync(
                    transaction,
                    new(
                        AuditEventTypes.EmailVerified,
                        AuditStatus.Success,
                        userId,
                        request.IpAddress,
                        request.UserAgent,
                        null
                    ),
                    cancel
                );
                return new EmailProofResult.Proved(userId, email, link) { Browser = first.Browser };
            },
            cancellationToken
        );

    /// <summary>Whether a link could be used now. Consumes nothing; for the confirmation page.</summary>
    public Task<bool> IsUsableAsync(OpaqueToken token, CancellationToken cancellationToken) =>
        database.QuerySingleOrDefaultAsync(
            """
            SELECT true FROM public.email_verification_tokens t JOIN public.users u ON u.id = t.user_id
            WHERE t.token_hash = @hash AND t.used_at IS NULL AND t.expires_at > now() AND u.deleted_at IS NULL
                AND NOT u.is_disabled
            """,
            static row => row.GetBoolean(0),
            cancellationToken,
            ("hash", token.Digest)
        );

    /// <summary>Creates a token and queues its mail. Without an account it does the same work but writes only the audit
    /// row.</summary>
    /// <summary>Sends the link in the transaction of an action, which writes the audit row. False if the mailbox has
    /// reached its mail limit; older links then stay valid.</summary>
    internal async Task<bool> SendAsync(
        DatabaseTransaction transaction,
        UserAccount user,
        EmailAddress to,
        CancellationToken cancellationToken
    )
    {
        var token = OpaqueToken.Create();
        MailMessage message = new(MailKind.VerifyEmail, to, user.Id, user.Locale) { Link = links.VerifyEmail(token) };
        var queued = await outbox.QueueAsync(transaction, message, cancellationToken);
        if (queued)
            await ReplaceAsync(transaction, user.Id, to, token, cancellationToken);
        return queued;
    }

    internal async Task QueueAsync(
        DatabaseTransaction transaction,
        UserAccount? user,
        EmailAddress to,
        string? locale,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        var (id, token) = (user?.Id ?? Guid.Empty, OpaqueToken.Create());
        await MailRequests.LockAsync(transaction, id, cancellationToken);
        MailMessage message = new(MailKind.VerifyEmail, to, user?.Id, MailRequests.LocaleOf(user, locale))
        {
            Link = links.VerifyEmail(token),
        };
        if (user is null)
            await outbox.DryRunAsync(transaction, message, cancellationToken);
        var queued = user is null || await outbox.QueueAsync(transaction, message, cancellationToken);
        await ReplaceAsync(transaction, queued ? id : Guid.Empty, to, token, cancellationToken);
        await audit.AppendAsync(
            transaction,
            new(
                AuditEventTypes.EmailVerificationRequested,
                queued && user is not null ? AuditStatus.Success : AuditStatus.Blocked,
                user?.Id,
                request.IpAddress,
                request.UserAgent,
                null
            ),
            cancellationToken
        );
    }

    /// <summary>Stores a token and voids older ones for the same address (RV-6). One statement each, also without an
    /// account.</summary>
    private static async Task ReplaceAsync(
        DatabaseTransaction transaction,
        Guid userId,
        EmailAddress to,
        OpaqueToken token,
        CancellationToken cancellationToken
    )
    {
        await transaction.ExecuteAsync(
            """
            UPDATE public.email_verification_tokens SET used_at = now()
            WHERE user_id = @id AND used_at IS NULL AND lower(email COLLATE "C") = @email
            """,
            cancellationToken,
            ("id", userId),
            ("email", to.Canonical)
        );
        await transaction.ExecuteAsync(
            "INSERT INTO public.email_verification_tokens (id, user_id, email, token_hash) "
                + "SELECT @token, id, @email, @hash FROM public.users WHERE id = @id",
            cancellationToken,
            ("token", Guid.CreateVersion7()),
            ("id", userId),
            ("email", to.Value),
            ("hash", token.Digest)
        );
    }

    /// <summary>The account of a token, so that the account can be locked before the token.</summary>
    internal static Task<Guid?> OwnerAsync(
        DatabaseTransaction transaction,
        OpaqueToken token,
        CancellationToken cancellationToken
    ) =>
        transaction.QuerySingleOrDefaultAsync<Guid?>(
            "SELECT user_id FROM public.email_verification_tokens WHERE token_hash = @hash",
            static row => row.GetGuid(0),
            cancellationToken,
            ("hash", token.Digest)
        );
}
