using System.Globalization;
using Identity.Core.Audit;
using Identity.Core.Credentials;
using Identity.Core.Data;
using Identity.Core.Mail;
using Identity.Core.PersonalData;
using Identity.Core.Primitives;
using Identity.Core.Sessions;

namespace Identity.Core.Recovery;

/// <summary>What securing an account ended.</summary>
/// <param name="Sessions">Active sessions, including those of apps for offline access.</param>
/// <param name="Apps">Clients that the person had allowed or that held a live refresh family.</param>
/// <param name="TrustedBrowsers">Browsers that were not asked for the second step.</param>
/// <param name="PasswordRemoved">Whether there was a password.</param>
public sealed record SecuredAccount(int Sessions, int Apps, int TrustedBrowsers, bool PasswordRemoved);

/// <summary>The outcome of securing an account by a link or in a session.</summary>
public abstract record SecureAccountResult
{
    private SecureAccountResult() { }

    /// <summary>Everything has ended.</summary>
    /// <param name="NewPassword">The token of a link to choose a password, for a browser that proved the mailbox; null
    /// if it did not, or if the account had no password.</param>
    public sealed record Done(SecuredAccount Ended, string Email, OpaqueToken? NewPassword) : SecureAccountResult
    {
        /// <summary>Redacted.</summary>
        public override string ToString() => "Done(redacted)";
    }

    /// <summary>The link is unknown, expired or used, or the session's proof is no longer valid.</summary>
    public sealed record Unusable : SecureAccountResult;
}

/// <summary> Secures an account that somebody else may have access to. One transaction ends every session with its
/// tokens, consents, codes, trusted browsers, open links and sign-ins in progress. It removes the password, so that a
/// new one has to be chosen by mail. Passkeys, the second factor and connected providers stay: the owner signs in with
/// them next. The owner is notified by mail.
/// </summary>
public sealed class AccountSecurer(
    Database database,
    SessionStore sessions,
    PersonalDataEraser data,
    SecurityNotices notices,
    AuditLog audit
)
{
    // Locks the account first, like every change of a credential, and counts before anything ends.
    private const string RemovePassword = $"""
        WITH held AS MATERIALIZED (
            SELECT id, password_hash FROM public.users WHERE id = @id AND deleted_at IS NULL FOR NO KEY UPDATE)
        UPDATE public.users u SET password_hash = NULL, password_changed_at = now(), {CredentialVersions.Raise}
        FROM held WHERE u.id = held.id
        RETURNING u.email, held.password_hash IS NOT NULL,
            (SELECT count(*) FROM idp.trusted_devices d WHERE d.user_id = u.id AND d.revoked_at IS NULL
                AND d.expires_at > now())::integer,
            (SELECT count(DISTINCT app.client_id) FROM (
                SELECT g.client_id FROM idp.grants g
                WHERE g.user_id = u.id AND g.kind = 'consent' AND g.revoked_at IS NULL
                UNION ALL SELECT f.client_id FROM idp.token_families f
                WHERE f.user_id = u.id AND f.revoked_at IS NULL AND f.absolute_expires_at > now()) app)::integer
        """;

    private const string Consume = """
        UPDATE idp.secure_account_links SET used_at = now()
        WHERE token_hash = @hash AND used_at IS NULL AND expires_at > now() RETURNING kind
        """;

    /// <summary>Whether a link could be used now. Consumes nothing (RV-2).</summary>
    public Task<bool> IsUsableAsync(OpaqueToken token, CancellationToken cancellationToken) =>
        database.QuerySingleOrDefaultAsync(
            """
            SELECT true FROM idp.secure_account_links l JOIN public.users u ON u.id = l.user_id
            WHERE l.token_hash = @hash AND l.used_at IS NULL AND l.expires_at > now() AND u.deleted_at IS NULL
                AND NOT u.is_disabled
            """,
            static row => row.GetBoolean(0),
            cancellationToken,
            ("hash", token.Digest)
        );

    /// <summary>Secures the account with the link of a notice. Of any number of parallel uses, one succeeds. Never for
    /// GET or HEAD (RV-2).</summary>
    public Task<SecureAccountResult> SecureAsync(
        OpaqueToken token,
        RequestContext request,
        CancellationToken cancellationToken
    ) =>
        database.InTransactionAsync<SecureAccountResult>(
            async (transaction, cancel) =>
            {
                var owner = await transaction.QuerySingleOrDefaultAsync<Guid?>(
                    "SELECT user_id FROM idp.secure_account_links WHERE token_hash = @hash",
                    static row => row.GetGuid(0),
                    cancel,
                    ("hash", token.Digest)
                );
                if (owner is not { } userId || !await MailRequests.LockAsync(transaction, userId, cancel))
                    return new SecureAccountResult.Unusable();
                var notice = await transaction.QuerySingleOrDefaultAsync<string?>(
                    Consume,
                    static row => row.GetString(0),
                    cancel,
                    ("hash", token.Digest)
                );
                return notice is null
                    ? new SecureAccountResult.Unusable()
                    : await SecureOwnAsync(transaction, userId, "notice", notice, request, cancel);
            },
            cancellationToken
        );

    /// <summary>Secures the account of a session, which ends with the others.</summary>
    public Task<SecureAccountResult> SecureAsync(
        CredentialProof proof,
        RequestContext request,
        CancellationToken cancellationToken
    ) =>
        database.InTransactionAsync<SecureAccountResult>(
            async (transaction, cancel) =>
                await CredentialVersions.HoldAsync(transaction, proof, cancel)
                    ? await SecureOwnAsync(transaction, proof.UserId, "account", null, request, cancel)
                    : new SecureAccountResult.Unusable(),
            cancellationToken
        );

    /// <summary>Secures an account in the transaction of an action, which writes the audit row. Null if the account is
    /// gone.</summary>
    /// <param name="teller">The request context shown in the notice: the person's, or an empty one for an
    /// operator.</param>
    internal async Task<(SecuredAccount Ended, string Email)?> SecureAsync(
        DatabaseTransaction transaction,
        Guid userId,
        EndReason reason,
        RequestContext request,
        RequestContext teller,
        CancellationToken cancellationToken
    )
    {
        var found = await transaction.QuerySingleOrDefaultAsync<(
            string Email,
            bool HadPassword,
            int Browsers,
            int Apps
        )?>(
            RemovePassword,
            static row => (row.GetString(0), row.GetBoolean(1), row.GetInt32(2), row.GetInt32(3)),
            cancellationToken,
            ("id", userId)
        );
        if (found is not var (email, hadPassword, browsers, apps))
            return null;
        var ended = await sessions.EndAllAsync(transaction, userId, null, reason, request, cancellationToken);
        await data.SecureAsync(transaction, userId, cancellationToken);
        await notices.QueueAsync(
            transaction,
            userId,
            MailKind.AccountSecured,
            teller,
            cancellationToken,
            ("sessions", Number(ended)),
            ("apps", Number(apps)),
            ("browsers", Number(browsers))
        );
        return (new(ended, apps, browsers, hadPassword), email);
    }

    /// <summary>What was ended, for the audit row.</summary>
    internal static void Describe(SecuredAccount ended, IDictionary<string, object?> details)
    {
        details["sessions"] = (long)ended.Sessions;
        details["apps"] = (long)ended.Apps;
        details["trusted_browsers"] = (long)ended.TrustedBrowsers;
        details["password_removed"] = ended.PasswordRemoved;
    }

    private async Task<SecureAccountResult> SecureOwnAsync(
        DatabaseTransaction transaction,
        Guid userId,
        string by,
        string? notice,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        var secured = await SecureAsync(transaction, userId, EndReason.Revoked, request, request, cancellationToken);
        if (secured is not var (ended, email))
            return new SecureAccountResult.Unusable();
        Dictionary<string, object?> details = new(StringComparer.Ordinal) { ["by"] = by };
        if (notice is not null)
            details["notice"] = notice;
        Describe(ended, details);
        await audit.AppendAsync(
            transaction,
            new(
                AuditEventTypes.AccountSecured,
                AuditStatus.Success,
                userId,
                request.IpAddress,
                request.UserAgent,
                details
            ),
            cancellationToken
        );
        // Only the link proves the mailbox. A session does not, so its owner asks for a link by mail.
        var link =
            notice is not null && ended.PasswordRemoved
                ? await PasswordRecovery.LinkAsync(transaction, userId, request, cancellationToken)
                : null;
        return new SecureAccountResult.Done(ended, email, link);
    }

    private static string Number(int count) => count.ToString(CultureInfo.InvariantCulture);
}
