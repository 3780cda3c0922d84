using Identity.Core.Audit;
using Identity.Core.Data;
using Identity.Core.Mail;
using Identity.Core.Passwords;
using Identity.Core.PersonalData;
using Identity.Core.Primitives;
using Identity.Core.Sessions;
using Identity.Core.Users;

namespace Identity.Core.Recovery;

/// <summary>Resets a forgotten password by a link that works once, within one hour, and only while it is the
/// newest.</summary>
public sealed class PasswordRecovery(
    Database database,
    MailRequests requests,
    UserStore users,
    PasswordPolicy policy,
    HashQueue hashes,
    PasswordChanger changer,
    MailOutbox outbox,
    MailLinks links,
    FirstProof proof,
    PersonalDataEraser data,
    AuditLog audit
)
{
    private const string Usable = """
        t.token_hash = @hash AND t.used_at IS NULL AND t.expires_at > now() AND u.id = t.user_id
            AND u.deleted_at IS NULL AND NOT u.is_disabled
          AND t.created_at >= coalesce(u.password_changed_at, '-infinity')
        """;

    /// <summary>Sends a link if the typed address has an account. Answer and work are the same for every address
    /// (EN-1).</summary>
    public async Task<MailRequestResult> RequestAsync(
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
            (transaction, cancel) => QueueAsync(transaction, user, to, locale, request, cancel),
            cancellationToken
        );
        return new MailRequestResult.Accepted();
    }

    /// <summary>The account of a link that could be used now, or null. Consumes nothing (RV-2).</summary>
    public async Task<UserAccount?> FindAsync(OpaqueToken token, CancellationToken cancellationToken)
    {
        var owner = await database.QuerySingleOrDefaultAsync<Guid?>(
            $"SELECT u.id FROM public.password_reset_tokens t, public.users u WHERE {Usable}",
            static row => row.GetGuid(0),
            cancellationToken,
            ("hash", token.Digest)
        );
        return owner is { } id ? await users.FindAsync(id, cancellationToken) : null;
    }

    /// <summary> Consumes the link and sets the password in one transaction (RV-3, RV-5). This also clears the lock,
    /// ends all sessions and families, voids older links and notifies the owner. It proves the mailbox, so an unproved
    /// address is now proved (RV-8). The second factor stays as it is (MF-7).
    /// </summary>
    public async Task<PasswordResetResult> ResetAsync(
        OpaqueToken token,
        PlainTextPassword password,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        // Before the costly hash, so that a guess at a link costs one look-up.
        if (await FindAsync(token, cancellationToken) is not { } user)
            return new PasswordResetResult.LinkUnusable();
        var judgement = policy.Judge(password, PasswordChanger.WordsOf(user));
        if (!judgement.IsAccepted)
            return new PasswordResetResult.Refused(judgement);
        var turn = await hashes.HashAsync(password, request.IpAddress, cancellationToken);
        if (turn is HashTurn<PasswordHash>.Busy busy)
            return new PasswordResetResult.Busy(busy.RetryAfter);

        return await ConsumeAsync(token, user, ((HashTurn<PasswordHash>.Done)turn).Value, request, cancellationToken);
    }

    internal Task<PasswordResetResult> ConsumeAsync(
        OpaqueToken token,
        UserAccount user,
        PasswordHash hash,
        RequestContext request,
        CancellationToken cancellationToken
    ) =>
        database.InTransactionAsync<PasswordResetResult>(
            async (transaction, cancel) =>
            {
                if (
                    !await MailRequests.LockAsync(transaction, user.Id, cancel)
                    || await transaction.ExecuteAsync(
                        $"UPDATE public.password_reset_tokens t SET used_at = now() FROM public.users u WHERE {Usable}",
                        cancel,
                        ("hash", token.Digest)
                    ) == 0
                )
                    return new PasswordResetResult.LinkUnusable();
                await proof.NoteAsync(transaction, user.Id, null, request, cancel);
                await transaction.ExecuteAsync(
                    "UPDATE idp.magic_links SET used_at = now() WHERE user_id = @id AND used_at IS NULL",
                    cancel,
                    ("id", user.Id)
                );
                await data.ResetAsync(transaction, user.Id, cancel);
                await changer.SetAsync(transaction, user.Id, hash, null, EndReason.PasswordReset, request, cancel);
                return new PasswordResetResult.Done(user.Id, user.Email);
            },
            cancellationToken
        );

    /// <summary>A link, without a mail, for a browser that has proved the mailbox in this transaction.</summary>
    internal static async Task<OpaqueToken> LinkAsync(
        DatabaseTransaction transaction,
        Guid userId,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        var token = OpaqueToken.Create();
        await StoreAsync(transaction, userId, token, request, cancellationToken);
        return token;
    }

    private static async Task StoreAsync(
        DatabaseTransaction transaction,
        Guid userId,
        OpaqueToken token,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        await transaction.ExecuteAsync(
            "UPDATE public.password_reset_tokens SET used_at = now() WHERE user_id = @id AND used_at IS NULL",
            cancellationToken,
            ("id", userId)
        );
        await transaction.ExecuteAsync(
            "INSERT INTO public.password_reset_tokens (id, user_id, token_hash, ip_address) "
                + "SELECT @token, id, @hash, @ip FROM public.users WHERE id = @id",
            cancellationToken,
            ("token", Guid.CreateVersion7()),
            ("id", userId),
            ("hash", token.Digest),
            ("ip", SqlNull.Inet(request.IpAddress))
        );
    }

    /// <summary>Sends a link to the person's address in the transaction of an action, which writes the audit row. False
    /// if the mailbox has reached its mail limit; older links then stay valid.</summary>
    internal async Task<bool> SendAsync(
        DatabaseTransaction transaction,
        UserAccount user,
        MailKind kind,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        var token = OpaqueToken.Create();
        MailMessage message = new(kind, EmailAddress.Parse(user.Email), user.Id, user.Locale)
        {
            Name = user.GivenName ?? user.Name,
            Link = links.ResetPassword(token),
        };
        var queued = await outbox.QueueAsync(transaction, message, cancellationToken);
        if (queued)
            await StoreAsync(transaction, user.Id, token, request, cancellationToken);
        return queued;
    }

    private async Task QueueAsync(
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
        MailMessage message = new(MailKind.PasswordReset, to, user?.Id, MailRequests.LocaleOf(user, locale))
        {
            Link = links.ResetPassword(token),
        };
        if (user is null)
            await outbox.DryRunAsync(transaction, message, cancellationToken);
        // A mail that the limit held back voids nothing: the last link that was sent stays valid.
        var queued = user is null || await outbox.QueueAsync(transaction, message, cancellationToken);
        await StoreAsync(transaction, queued ? id : Guid.Empty, token, request, cancellationToken);
        await audit.AppendAsync(
            transaction,
            new(
                AuditEventTypes.PasswordResetRequested,
                user is null ? AuditStatus.Failure
                    : queued ? AuditStatus.Success
                    : AuditStatus.Blocked,
                user?.Id,
                request.IpAddress,
                request.UserAgent,
                null
            ),
            cancellationToken
        );
    }
}
