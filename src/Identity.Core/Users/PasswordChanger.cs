using Identity.Core.Audit;
using Identity.Core.Credentials;
using Identity.Core.Data;
using Identity.Core.Mail;
using Identity.Core.Passwords;
using Identity.Core.Primitives;
using Identity.Core.Sessions;

namespace Identity.Core.Users;

/// <summary>The outcome of changing a password.</summary>
public abstract record PasswordChangeResult
{
    private PasswordChangeResult() { }

    /// <summary>The password is changed; all other sessions have ended with their tokens, and this one has a new token
    /// (SE-2).</summary>
    public sealed record Changed(OpaqueToken SessionToken) : PasswordChangeResult
    {
        /// <summary>Redacted.</summary>
        public override string ToString() => "Changed(redacted)";
    }

    /// <summary>The session has ended meanwhile.</summary>
    public sealed record SessionOver : PasswordChangeResult;

    /// <summary>The current password is wrong or missing, was changed meanwhile, or there were too many
    /// attempts.</summary>
    /// <param name="IsPaused">Attempts are paused for up to 30 minutes.</param>
    public sealed record CurrentPasswordWrong(bool IsPaused) : PasswordChangeResult;

    /// <summary>The policy refuses the new password.</summary>
    public sealed record Refused(PasswordJudgement Judgement) : PasswordChangeResult;

    /// <summary>Too many hashes at once: answer 503.</summary>
    public sealed record Busy(TimeSpan RetryAfter) : PasswordChangeResult;

    /// <summary>The IP address made too many attempts: answer 429.</summary>
    public sealed record Throttled(TimeSpan RetryAfter) : PasswordChangeResult;
}

/// <summary>Sets passwords and ends, in the same transaction, the sessions and tokens of the old one (SE-6).</summary>
public sealed class PasswordChanger(
    Database database,
    PasswordAuthenticator authenticator,
    PasswordPolicy policy,
    HashQueue hashes,
    SessionStore sessions,
    AuditLog audit,
    SecurityNotices? notices = null
)
{
    /// <summary>Changes a password after checking the current one under the same limits as a sign-in (PW-7,
    /// BF-5).</summary>
    /// <param name="session">The current session: it stays and gets a new token (SE-2).</param>
    public async Task<PasswordChangeResult> ChangeAsync(
        UserAccount user,
        Guid session,
        PlainTextPassword current,
        PlainTextPassword next,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        var judgement = policy.Judge(next, WordsOf(user));
        if (!judgement.IsAccepted)
            return new PasswordChangeResult.Refused(judgement);
        var authentication = await authenticator.AuthenticateAsync(user.Email, current, request, cancellationToken);
        switch (authentication)
        {
            case PasswordAuthenticationResult.Busy busy:
                return new PasswordChangeResult.Busy(busy.RetryAfter);
            case PasswordAuthenticationResult.Throttled throttled:
                return new PasswordChangeResult.Throttled(throttled.RetryAfter);
            case PasswordAuthenticationResult.Failure failure:
                return new PasswordChangeResult.CurrentPasswordWrong(failure.IsPaused);
        }
        var judged = ((PasswordAuthenticationResult.Success)authentication).User.Credential;
        if (judged.UserId != user.Id)
            return new PasswordChangeResult.CurrentPasswordWrong(IsPaused: false);
        var turn = await hashes.HashAsync(next, request.IpAddress, cancellationToken);
        if (turn is HashTurn<PasswordHash>.Busy full)
            return new PasswordChangeResult.Busy(full.RetryAfter);

        var hash = ((HashTurn<PasswordHash>.Done)turn).Value;
        return await ChangeAsync(judged with { SessionId = session }, hash, request, cancellationToken);
    }

    /// <summary> Sets a password in a transaction that has consumed a proof, such as a reset token (RV-3, RV-5): clears
    /// the account's counters of wrong passwords, in every browser, ends sessions and families, voids reset tokens and
    /// trusted browsers, and notifies the owner by mail. False if the account is gone.
    /// </summary>
    public async Task<bool> SetAsync(
        DatabaseTransaction transaction,
        Guid userId,
        PasswordHash hash,
        Guid? exceptSession,
        EndReason reason,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        var email = await transaction.QuerySingleOrDefaultAsync<string?>(
            $"""
            UPDATE public.users SET password_hash = @hash, password_changed_at = now(), failed_login_attempts = 0,
                account_locked_until = NULL,
                {CredentialVersions.Raise}
            WHERE id = @id AND deleted_at IS NULL RETURNING email
            """,
            static row => row.GetString(0),
            cancellationToken,
            ("id", userId),
            ("hash", hash.Value)
        );
        if (email is null)
            return false;
        await authenticator.ForgetAttemptsAsync(transaction, userId, EmailAddress.Parse(email), cancellationToken);
        await sessions.EndAllAsync(transaction, userId, exceptSession, reason, request, cancellationToken);
        await transaction.ExecuteAsync(
            "UPDATE public.password_reset_tokens SET used_at = now() WHERE user_id = @id AND used_at IS NULL",
            cancellationToken,
            ("id", userId)
        );
        await transaction.ExecuteAsync(
            "UPDATE idp.trusted_devices SET revoked_at = now() WHERE user_id = @id AND revoked_at IS NULL",
            cancellationToken,
            ("id", userId)
        );
        var type = reason == EndReason.PasswordReset ? AuditEventTypes.PasswordReset : AuditEventTypes.PasswordChanged;
        await audit.AppendAsync(
            transaction,
            new(type, AuditStatus.Success, userId, request.IpAddress, request.UserAgent, null),
            cancellationToken
        );
        if (notices is not null)
            await notices.QueueAsync(transaction, userId, MailKind.PasswordChanged, request, cancellationToken);
        return true;
    }

    /// <summary>Sets the password after the current one was verified. A change made meanwhile takes
    /// precedence.</summary>
    internal Task<PasswordChangeResult> ChangeAsync(
        CredentialProof proof,
        PasswordHash hash,
        RequestContext request,
        CancellationToken cancellationToken
    ) =>
        database.InTransactionAsync<PasswordChangeResult>(
            async (transaction, cancel) =>
            {
                if (!await CredentialVersions.HoldAsync(transaction, proof, cancel))
                    return new PasswordChangeResult.CurrentPasswordWrong(IsPaused: false);
                var session = proof.SessionId!.Value;
                if (await sessions.RotateAsync(transaction, session, cancel) is not { } token)
                    return new PasswordChangeResult.SessionOver();
                await SetAsync(transaction, proof.UserId, hash, session, EndReason.PasswordChanged, request, cancel);
                return new PasswordChangeResult.Changed(token);
            },
            cancellationToken
        );

    /// <summary>The personal words of an account for the policy (PW-6).</summary>
    public static IEnumerable<string> WordsOf(UserAccount user) =>
        new[]
        {
            user.Email[..user.Email.LastIndexOf('@')],
            user.Name,
            user.GivenName,
            user.FamilyName,
        }.OfType<string>();
}
