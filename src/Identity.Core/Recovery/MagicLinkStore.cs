using Identity.Core.Audit;
using Identity.Core.Credentials;
using Identity.Core.Data;
using Identity.Core.Keys;
using Identity.Core.Mail;
using Identity.Core.Primitives;
using Identity.Core.Users;
using Microsoft.Extensions.Options;

namespace Identity.Core.Recovery;

/// <summary>The outcome of requesting a sign-in link.</summary>
public abstract record MagicLinkRequestResult
{
    private MagicLinkRequestResult() { }

    /// <summary>If there is a mail to send, it will be sent. The token is for a cookie of this browser, the only one in
    /// which the link works.</summary>
    public sealed record Accepted(OpaqueToken BrowserToken) : MagicLinkRequestResult
    {
        /// <summary>Redacted.</summary>
        public override string ToString() => "Accepted(redacted)";
    }

    /// <summary>Sign-in links are off (<c>Identity:Recovery:MagicLinks</c>).</summary>
    public sealed record Off : MagicLinkRequestResult;

    /// <summary>Too many requests from this IP address: answer 429.</summary>
    public sealed record Throttled(TimeSpan RetryAfter) : MagicLinkRequestResult;
}

/// <summary> Sign-in links: valid once, for 10 minutes, and only in the browser that requested them, so that neither a
/// mail program that opens links nor a stranger who was forwarded one can sign in. Only for proved addresses. A link is
/// only a first factor.
/// </summary>
public sealed class MagicLinkStore(
    Database database,
    MailRequests requests,
    UserStore users,
    MailOutbox outbox,
    MailLinks links,
    MasterKey master,
    AuditLog audit,
    IOptions<RecoveryOptions> options
)
{
    private const string Purpose = "magic_link_return_url";

    private const string Consume = $"""
        UPDATE idp.magic_links l SET used_at = now() FROM public.users u
        WHERE l.token_hash = @hash AND l.browser_hash = @browser AND l.used_at IS NULL AND l.expires_at > now()
            AND u.id = l.user_id
          AND l.credential_version = u.credential_version AND {AccountState.MayAct} AND u.email_verified
              AND lower(u.email COLLATE "C") = lower(l.email COLLATE "C")
        RETURNING l.id, l.user_id, l.return_url_protected, u.credential_version
        """;

    /// <summary>Whether sign-in links are on.</summary>
    public bool IsOn => options.Value.MagicLinks;

    /// <summary>Sends a link if the typed address has an account. Answer and work are the same for every address
    /// (EN-1).</summary>
    public async Task<MagicLinkRequestResult> RequestAsync(
        string? email,
        string? locale,
        string? returnUrl,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        if (!IsOn)
            return new MagicLinkRequestResult.Off();
        if (await requests.ReserveAsync(request, cancellationToken) is { } wait)
            return new MagicLinkRequestResult.Throttled(wait);
        var (found, to) = await requests.FindAsync(email, cancellationToken);
        var user = found is { EmailVerified: true } ? found : null;
        var (token, browser) = (OpaqueToken.Create(), OpaqueToken.Create());
        await database.InTransactionAsync(
            async (transaction, cancel) =>
            {
                await MailRequests.LockAsync(transaction, user?.Id ?? Guid.Empty, cancel);
                MailMessage message = new(MailKind.MagicLink, to, user?.Id, MailRequests.LocaleOf(user, locale))
                {
                    Link = links.MagicLink(token),
                };
                if (user is null)
                    await outbox.DryRunAsync(transaction, message, cancel);
                var queued = user is null || await outbox.QueueAsync(transaction, message, cancel);
                await ReplaceAsync(
                    transaction,
                    queued ? user?.Id ?? Guid.Empty : Guid.Empty,
                    to,
                    token,
                    browser,
                    returnUrl,
                    cancel
                );
                await audit.AppendAsync(
                    transaction,
                    new(
                        AuditEventTypes.MagicLinkRequested,
                        user is null ? AuditStatus.Failure
                            : queued ? AuditStatus.Success
                            : AuditStatus.Blocked,
                        user?.Id,
                        request.IpAddress,
                        request.UserAgent,
                        null
                    ),
                    cancel
                );
            },
            cancellationToken
        );
        return new MagicLinkRequestResult.Accepted(browser);
    }

    /// <summary>Consumes the link. Of any number of parallel uses, one gets the account. Never for GET or HEAD
    /// (RV-2).</summary>
    public async Task<MagicLinkResult> RedeemAsync(
        OpaqueToken token,
        OpaqueToken browser,
        CancellationToken cancellationToken
    )
    {
        if (!IsOn)
            return new MagicLinkResult.LinkUnusable();
        var used = await database.QuerySingleOrDefaultAsync<(Guid Id, Guid UserId, byte[]? ReturnUrl, long Version)?>(
            Consume,
            static row =>
                (
                    row.GetGuid(0),
                    row.GetGuid(1),
                    row.IsDBNull(2) ? null : row.GetFieldValue<byte[]>(2),
                    row.GetInt64(3)
                ),
            cancellationToken,
            ("hash", token.Digest),
            ("browser", browser.Digest)
        );
        if (used is not { } link || await users.FindAsync(link.UserId, cancellationToken) is not { } user)
            return new MagicLinkResult.LinkUnusable();
        // The version at which the link was used, not a newer one.
        return new MagicLinkResult.Proved(
            user with
            {
                CredentialVersion = link.Version,
            },
            KeptReturnUrl.Unprotect(master, Purpose, link.Id.ToString("D"), link.ReturnUrl)
        );
    }

    private async Task ReplaceAsync(
        DatabaseTransaction transaction,
        Guid userId,
        EmailAddress to,
        OpaqueToken token,
        OpaqueToken browser,
        string? returnUrl,
        CancellationToken cancellationToken
    )
    {
        var id = Guid.CreateVersion7();
        var kept = KeptReturnUrl.Protect(master, Purpose, id.ToString("D"), returnUrl);
        await transaction.ExecuteAsync(
            "UPDATE idp.magic_links SET used_at = now() WHERE user_id = @id AND used_at IS NULL",
            cancellationToken,
            ("id", userId)
        );
        await transaction.ExecuteAsync(
            """
            INSERT INTO idp.magic_links (id, user_id, credential_version, email, token_hash, browser_hash,
                return_url_protected)
            SELECT @link, id, credential_version, @email, @hash, @browser, @return_url FROM public.users WHERE id = @id
            """,
            cancellationToken,
            ("link", id),
            ("id", userId),
            ("email", to.Value),
            ("hash", token.Digest),
            ("browser", browser.Digest),
            ("return_url", SqlNull.Bytes(kept))
        );
    }
}
