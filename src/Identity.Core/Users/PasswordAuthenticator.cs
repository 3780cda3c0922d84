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

/// <summary>What came of a password. <see cref="Failure"/> is one answer to every cause: unknown, wrong, locked,
/// disabled, without a password (EN-1).</summary>
public abstract record PasswordAuthenticationResult
{
    private PasswordAuthenticationResult() { }

    /// <summary>The password is right and the account may sign in.</summary>
    public sealed record Success(UserAccount User) : PasswordAuthenticationResult;

    /// <summary>No, for a reason that is not told.</summary>
    public sealed record Failure : PasswordAuthenticationResult;

    /// <summary>The address made too many attempts, whatever the account: answer 429.</summary>
    public sealed record Throttled(TimeSpan RetryAfter) : PasswordAuthenticationResult;

    /// <summary>Too many sign-ins at once: answer 503. The attempt did not count.</summary>
    public sealed record Busy(TimeSpan RetryAfter) : PasswordAuthenticationResult;
}

/// <summary>Proves an account by e-mail address and password. The attempt is reserved before the hash is run (BF-2),
/// and every cause of failure costs one hash (EN-2).</summary>
public sealed class PasswordAuthenticator(
    Database database,
    UserStore users,
    HashQueue hashes,
    AttemptLimiter limiter,
    AuditLog audit,
    MasterKey master,
    SecurityNotices? notices = null
)
{
    /// <summary>5 failures lock for 30 minutes (BF-1).</summary>
    private static readonly AttemptLimit PerAccount = new(5, TimeSpan.FromMinutes(30), TimeSpan.FromMinutes(30));

    /// <summary>Wide enough for an office behind one address.</summary>
    private static readonly AttemptLimit PerAddress = new(300, TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(5));

    private readonly byte[] _auditKey = master.DeriveKey("audit_account");

    /// <summary>Tries. The typed address is never stored or logged (LG-1).</summary>
    public async Task<PasswordAuthenticationResult> AuthenticateAsync(
        string? email,
        PlainTextPassword password,
        RequestContext request,
        CancellationToken cancellationToken
    ) => SignInMetrics.Count(await TryAsync(email, password, request, cancellationToken));

    private async Task<PasswordAuthenticationResult> TryAsync(
        string? email,
        PlainTextPassword password,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        var addressKey = limiter.Key("sign_in_address", request.IpAddress);
        if (await limiter.ReserveAsync(addressKey, PerAddress, cancellationToken) is Reservation.Refused tooMany)
            return new PasswordAuthenticationResult.Throttled(tooMany.RetryAfter);

        var fingerprint = SessionRows.Fingerprint(request.DeviceId);
        var address = EmailAddress.TryParse(email, out var parsed) ? parsed : null;
        var found = address is null ? null : await users.FindForSignInAsync(address, fingerprint, cancellationToken);
        var account = address?.Canonical ?? "invalid:" + email;
        // A browser that this person signed in with before has a counter of its own, so a stranger's guesses do not
        // lock it out (BF-3).
        var accountKey = found is { KnownDevice: true }
            ? limiter.Key("sign_in_device", account, fingerprint!)
            : limiter.Key("sign_in_account", account);

        var reservation = await limiter.ReserveAsync(accountKey, PerAccount, cancellationToken);
        // During the lock the hash is run all the same: what takes less time tells that there is a lock (BF-1).
        var turn = await hashes.VerifyAsync(password, found?.Hash, cancellationToken);
        if (turn is HashTurn<PasswordVerification>.Busy busy)
        {
            if (reservation is Reservation.Granted)
                await limiter.ReleaseAsync(accountKey, cancellationToken);
            await limiter.ReleaseAsync(addressKey, cancellationToken);
            return new PasswordAuthenticationResult.Busy(busy.RetryAfter);
        }

        var verification = ((HashTurn<PasswordVerification>.Done)turn).Value;
        if (reservation is Reservation.Granted && verification.Matches && found is { Account.IsDisabled: false } known)
        {
            await SucceedAsync(known.Account.Id, known.KnownDevice, accountKey, addressKey, cancellationToken);
            if (verification.NeedsRehash)
                await RehashAsync(known.Account.Id, known.Hash!, password, request, cancellationToken);
            return new PasswordAuthenticationResult.Success(known.Account);
        }

        await FailAsync(
            found?.Account.Id,
            account,
            found is { KnownDevice: true },
            reservation,
            request,
            cancellationToken
        );
        return new PasswordAuthenticationResult.Failure();
    }

    /// <summary>Takes the lock off an account whose owner proved themselves another way, such as by a reset (BF-3,
    /// RV-6).</summary>
    internal Task ForgetAttemptsAsync(
        DatabaseTransaction transaction,
        EmailAddress email,
        CancellationToken cancellationToken
    ) => limiter.ClearAsync(transaction, limiter.Key("sign_in_account", email.Canonical), cancellationToken);

    private Task SucceedAsync(
        Guid id,
        bool knownDevice,
        AttemptKey accountKey,
        AttemptKey addressKey,
        CancellationToken cancellationToken
    ) =>
        database.InTransactionAsync(
            async (transaction, cancel) =>
            {
                await limiter.ClearAsync(transaction, accountKey, cancel);
                // An office must not run out of attempts by signing in; an attacker's one right password gives back one
                // attempt, not all.
                await transaction.ExecuteAsync(
                    "UPDATE idp.throttle_counters SET count = greatest(count - 1, 0) WHERE key = @key AND blocked_until IS NULL",
                    cancel,
                    ("key", addressKey.Value)
                );
                if (!knownDevice)
                    await transaction.ExecuteAsync(
                        """
                        UPDATE public.users SET failed_login_attempts = 0, account_locked_until = NULL
                        WHERE id = @id AND (failed_login_attempts > 0 OR account_locked_until IS NOT NULL)
                        """,
                        cancel,
                        ("id", id)
                    );
            },
            cancellationToken
        );

    private Task FailAsync(
        Guid? id,
        string account,
        bool knownDevice,
        Reservation reservation,
        RequestContext request,
        CancellationToken cancellationToken
    ) =>
        database.InTransactionAsync(
            async (transaction, cancel) =>
            {
                if (reservation is Reservation.Granted granted && !knownDevice)
                {
                    // For an unknown account this changes no row, and costs the same command.
                    await transaction.ExecuteAsync(
                        """
                        UPDATE public.users SET failed_login_attempts = @count, account_locked_until = CASE WHEN @locks THEN now() + @lock END WHERE id = @id
                        """,
                        cancel,
                        ("id", id ?? Guid.Empty),
                        ("count", Math.Min(granted.Count, PerAccount.Attempts)),
                        ("locks", granted.StartedLock),
                        ("lock", PerAccount.Lock)
                    );
                }
                var status = reservation is Reservation.Granted ? AuditStatus.Failure : AuditStatus.Blocked;
                await audit.AppendAsync(
                    transaction,
                    new(
                        AuditEventTypes.Login,
                        status,
                        id,
                        request.IpAddress,
                        request.UserAgent,
                        new Dictionary<string, object?> { ["account_hash"] = AccountHash(account) }
                    ),
                    cancel
                );
                if (reservation is Reservation.Granted { StartedLock: true })
                    await audit.AppendAsync(
                        transaction,
                        new(
                            AuditEventTypes.AccountLocked,
                            AuditStatus.Success,
                            id,
                            request.IpAddress,
                            request.UserAgent,
                            new Dictionary<string, object?>
                            {
                                ["minutes"] = PerAccount.Lock.TotalMinutes.ToString(CultureInfo.InvariantCulture),
                                ["known_device"] = knownDevice,
                            }
                        ),
                        cancel
                    );
                if (reservation is Reservation.Granted { StartedLock: true } && id is { } owner && notices is not null)
                    await notices.QueueAsync(transaction, owner, MailKind.AccountLocked, request, cancel);
            },
            cancellationToken
        );

    private async Task RehashAsync(
        Guid id,
        string old,
        PlainTextPassword password,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        // Only a gain: when the queue is full, the next sign-in does it. The condition keeps a password changed
        // meanwhile.
        if (await hashes.HashAsync(password, cancellationToken) is not HashTurn<PasswordHash>.Done(var hash))
            return;
        await database.InTransactionAsync(
            async (transaction, cancel) =>
            {
                if (
                    await transaction.ExecuteAsync(
                        "UPDATE public.users SET password_hash = @new WHERE id = @id AND password_hash = @old",
                        cancel,
                        ("id", id),
                        ("new", hash.Value),
                        ("old", old)
                    ) == 1
                )
                    await audit.AppendAsync(
                        transaction,
                        new(
                            AuditEventTypes.PasswordRehashed,
                            AuditStatus.Success,
                            id,
                            request.IpAddress,
                            request.UserAgent,
                            null
                        ),
                        cancel
                    );
            },
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
