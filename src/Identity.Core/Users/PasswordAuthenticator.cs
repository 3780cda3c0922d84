using System.Globalization;
using Identity.Core.Audit;
using Identity.Core.Data;
using Identity.Core.Keys;
using Identity.Core.Mail;
using Identity.Core.Passwords;
using Identity.Core.Primitives;
using Identity.Core.Sessions;
using Identity.Core.Throttling;

namespace Identity.Core.Users;

/// <summary>The outcome of a password sign-in. <see cref="Failure"/> is the same answer for every cause: unknown,
/// wrong, locked, disabled, without a password (EN-1).</summary>
public abstract record PasswordAuthenticationResult
{
    private PasswordAuthenticationResult() { }

    /// <summary>The password is right and the account may sign in.</summary>
    public sealed record Success(UserAccount User) : PasswordAuthenticationResult;

    /// <summary>Refused for a reason that is not revealed.</summary>
    /// <param name="IsPaused">Attempts at this address, with or without an account, are paused for up to 30
    /// minutes.</param>
    public sealed record Failure(bool IsPaused) : PasswordAuthenticationResult;

    /// <summary>The IP address made too many attempts on any accounts: answer 429.</summary>
    public sealed record Throttled(TimeSpan RetryAfter) : PasswordAuthenticationResult;

    /// <summary>Too many sign-ins at once: answer 503. The attempt did not count.</summary>
    public sealed record Busy(TimeSpan RetryAfter) : PasswordAuthenticationResult;
}

/// <summary>Authenticates an account by email address and password. The attempt is reserved before the hash is computed
/// (BF-2), and every cause of failure costs one hash (EN-2).</summary>
public sealed class PasswordAuthenticator(
    Database database,
    HashQueue hashes,
    AttemptLimiter limiter,
    AuditLog audit,
    MasterKey master,
    SecurityNotices? notices = null
)
{
    private readonly byte[] _auditKey = master.DeriveKey("audit_account");
    private readonly SignInCounters _counters = new(limiter);
    private readonly SignInEntrance _entrance = new(database, limiter);

    /// <summary>Checks a password. The typed address is never stored or logged (LG-1).</summary>
    /// <param name="refuses">Whether a right password is answered like a wrong one. It then counts as one too, because
    /// attempts that never lead to a pause would reveal it (RK-3).</param>
    public async Task<PasswordAuthenticationResult> AuthenticateAsync(
        string? email,
        PlainTextPassword password,
        RequestContext request,
        CancellationToken cancellationToken,
        Func<UserAccount, Task<bool>>? refuses = null
    ) => SignInMetrics.Count(await TryAsync(email, password, request, refuses, cancellationToken));

    private async Task<PasswordAuthenticationResult> TryAsync(
        string? email,
        PlainTextPassword password,
        RequestContext request,
        Func<UserAccount, Task<bool>>? refuses,
        CancellationToken cancellationToken
    )
    {
        var entered = await _entrance.EnterAsync(email, request, cancellationToken);
        if (entered is SignInEntry.Refused tooMany)
            return new PasswordAuthenticationResult.Throttled(tooMany.RetryAfter);
        var entry = (SignInEntry.Taken)entered;
        var sender = _entrance.SenderOf(request);
        PasswordAuthenticationResult? result = null;
        try
        {
            result = await JudgeAsync(entry, password, sender, request, refuses, cancellationToken);
            return result;
        }
        finally
        {
            // A caller that left, or got no turn, has made no attempt.
            if (result is null or PasswordAuthenticationResult.Busy)
                await limiter.ReleaseAsync(sender, CancellationToken.None);
        }
    }

    private async Task<PasswordAuthenticationResult> JudgeAsync(
        SignInEntry.Taken entry,
        PlainTextPassword password,
        AttemptKey sender,
        RequestContext request,
        Func<UserAccount, Task<bool>>? refuses,
        CancellationToken cancellationToken
    )
    {
        await using var first = entry.Attempt;
        var door = entry.Door;
        // During a lock the hash is computed too, because a faster answer would reveal the lock (BF-1).
        var turn = await hashes.VerifyAsync(password, door.Hash, request.IpAddress, cancellationToken);
        if (turn is HashTurn<PasswordVerification>.Busy busy)
            return new PasswordAuthenticationResult.Busy(busy.RetryAfter);

        // From here on the caller's cancellation is ignored: a computed hash is evaluated, and a lock is notified.
        // Attempts that were in progress when this one was refused may have succeeded meanwhile, such as the first of
        // many impatient clicks, so a refused attempt asks again. It is evaluated only with a reservation.
        await using var second = first is null ? await BeginAgainAsync(door) : null;
        var attempt = first ?? second;
        var verification = ((HashTurn<PasswordVerification>.Done)turn).Value;
        if (
            attempt is not null
            && verification.Matches
            && door.Account is { MayAct: true } account
            && (refuses is null || !await refuses(account))
        )
        {
            var rehash = verification.NeedsRehash ? await HashAnewAsync(verification, password, request) : null;
            await SucceedAsync(door, attempt, sender, rehash, request);
            return new PasswordAuthenticationResult.Success(account);
        }
        var failure = await FailAsync(door, attempt, request);
        return new PasswordAuthenticationResult.Failure(attempt is null || failure.StartedLock);
    }

    private async Task<Attempt?> BeginAgainAsync(Door door) =>
        (
            await limiter.BeginAsync(door.Counter, SignInCounters.Limit, CancellationToken.None) as AttemptStart.Granted
        )?.Attempt;

    /// <summary>Clears the failures of an account in every browser after its owner authenticated in another way, such
    /// as by a reset (BF-3, RV-6).</summary>
    internal Task ForgetAttemptsAsync(
        DatabaseTransaction transaction,
        Guid userId,
        EmailAddress email,
        CancellationToken cancellationToken
    ) => _counters.ClearAllAsync(transaction, userId, email, cancellationToken);

    private async Task SucceedAsync(
        Door door,
        Attempt attempt,
        AttemptKey sender,
        PasswordHash? rehash,
        RequestContext request
    )
    {
        (string, object?)[] parameters =
        [
            ("attempt", attempt.Settle().Value),
            ("address", sender.Value),
            ("id", door.Account!.Id),
            ("known_device", door.IsKnownDevice),
        ];
        if (rehash is null)
            await database.ExecuteAsync(SignInCounters.SucceedAlone, CancellationToken.None, parameters);
        else
            await database.InTransactionAsync(
                async (transaction, cancel) =>
                {
                    await transaction.ExecuteAsync(SignInCounters.Succeed, cancel, parameters);
                    await ReplaceHashAsync(transaction, door, rehash, request, cancel);
                },
                CancellationToken.None
            );
    }

    private Task<AttemptFailure> FailAsync(Door door, Attempt? attempt, RequestContext request) =>
        database.InTransactionAsync(
            async (transaction, cancel) =>
            {
                var failure = attempt is null ? default : await attempt.FailAsync(transaction);
                if (attempt is not null && !door.IsKnownDevice)
                {
                    // For an unknown account this changes no row but runs the same command.
                    await transaction.ExecuteAsync(
                        "UPDATE public.users SET failed_login_attempts = @count, account_locked_until = @until "
                            + "WHERE id = @id",
                        cancel,
                        ("id", door.Account?.Id ?? Guid.Empty),
                        ("count", failure.Failures),
                        ("until", SqlNull.Time(failure.LockedUntil))
                    );
                }
                await audit.AppendAsync(
                    transaction,
                    Event(
                        AuditEventTypes.Login,
                        attempt is null ? AuditStatus.Blocked : AuditStatus.Failure,
                        door,
                        request,
                        ("account_hash", AccountHash(door.Name))
                    ),
                    cancel
                );
                if (failure.StartedLock)
                    await TellOfLockAsync(transaction, door, request, cancel);
                return failure;
            },
            CancellationToken.None
        );

    private async Task TellOfLockAsync(
        DatabaseTransaction transaction,
        Door door,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        await audit.AppendAsync(
            transaction,
            Event(
                AuditEventTypes.AccountLocked,
                AuditStatus.Success,
                door,
                request,
                ("minutes", SignInCounters.Limit.Lock.TotalMinutes.ToString(CultureInfo.InvariantCulture)),
                ("known_device", door.IsKnownDevice)
            ),
            cancellationToken
        );
        if (door.Account is { Id: var owner } && notices is not null)
            await notices.QueueAsync(transaction, owner, MailKind.AccountLocked, request, cancellationToken);
    }

    private static AuditEvent Event(
        string type,
        AuditStatus status,
        Door door,
        RequestContext request,
        params (string Name, object? Value)[] details
    ) =>
        new(
            type,
            status,
            door.Account?.Id,
            request.IpAddress,
            request.UserAgent,
            details.ToDictionary(static detail => detail.Name, static detail => detail.Value)
        );

    // A rehash for a raised cost is skipped if others wait; a later sign-in does it. A foreign hash may be weak, so its
    // replacement waits its turn.
    private async Task<PasswordHash?> HashAnewAsync(
        PasswordVerification verification,
        PlainTextPassword password,
        RequestContext request
    )
    {
        var turn = verification.IsForeign
            ? await hashes.HashAsync(password, request.IpAddress, CancellationToken.None)
            : await hashes.HashWhenIdleAsync(password, request.IpAddress, CancellationToken.None);
        return turn is HashTurn<PasswordHash>.Done(var hash) ? hash : null;
    }

    // The conditions protect a password that was changed, or a credential that was revoked, meanwhile.
    private async Task ReplaceHashAsync(
        DatabaseTransaction transaction,
        Door door,
        PasswordHash hash,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        var replaced = await transaction.ExecuteAsync(
            """
            UPDATE public.users SET password_hash = @new
            WHERE id = @id AND password_hash = @old AND credential_version = @version
            """,
            cancellationToken,
            ("id", door.Account!.Id),
            ("new", hash.Value),
            ("old", door.Hash),
            ("version", door.Account.CredentialVersion)
        );
        if (replaced == 1)
            await audit.AppendAsync(
                transaction,
                Event(AuditEventTypes.PasswordRehashed, AuditStatus.Success, door, request),
                cancellationToken
            );
    }

    private string AccountHash(string account) =>
        Convert.ToHexStringLower(
            System
                .Security.Cryptography.HMACSHA256.HashData(_auditKey, System.Text.Encoding.UTF8.GetBytes(account))
                .AsSpan(0, 16)
        );
}
