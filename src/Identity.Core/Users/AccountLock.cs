using Identity.Core.Audit;
using Identity.Core.Data;
using Identity.Core.Primitives;
using Identity.Core.Throttling;

namespace Identity.Core.Users;

/// <summary>
/// A lock that an operator puts on an account, and takes off. It is the lock that failed attempts start (BF-1), put on
/// every door: that of strangers and that of
/// each browser the person has signed in with. It stops signing in; what is open stays open
/// (<see cref="UserStore.DisableAsync"/> ends that too).
/// </summary>
public sealed class AccountLock(Database database, AttemptLimiter limiter, AuditLog audit)
{
    /// <summary>The longest lock: who is to stay out for good is disabled.</summary>
    public static TimeSpan MaxDuration { get; } = TimeSpan.FromDays(366);

    /// <summary>Locks. False when the account is gone.</summary>
    public Task<bool> LockAsync(
        UserAccount user,
        TimeSpan duration,
        RequestContext request,
        CancellationToken cancellationToken
    ) =>
        database.InTransactionAsync(
            async (transaction, cancel) =>
            {
                if (
                    await transaction.ExecuteAsync(
                        "UPDATE public.users SET account_locked_until = now() + @duration WHERE id = @id AND deleted_at IS NULL",
                        cancel,
                        ("id", user.Id),
                        ("duration", duration)
                    ) == 0
                )
                    return false;
                await transaction.ExecuteAsync(
                    """
                    INSERT INTO idp.throttle_counters (key, count, window_ends_at, blocked_until)
                    SELECT key, 1, now() + @duration, now() + @duration FROM unnest(@keys) AS key
                    ON CONFLICT (key) DO UPDATE SET window_ends_at = excluded.window_ends_at, blocked_until = excluded.blocked_until
                    """,
                    cancel,
                    ("keys", await KeysAsync(transaction, user, cancel)),
                    ("duration", duration)
                );
                await audit.AppendAsync(
                    transaction,
                    new(
                        AuditEventTypes.AccountLocked,
                        AuditStatus.Success,
                        user.Id,
                        request.IpAddress,
                        request.UserAgent,
                        new Dictionary<string, object?>
                        {
                            ["by"] = "operator",
                            ["minutes"] = (long)duration.TotalMinutes,
                        }
                    ),
                    cancel
                );
                return true;
            },
            cancellationToken
        );

    /// <summary>Takes any lock off, whoever put it on. False when the account is gone.</summary>
    public Task<bool> UnlockAsync(UserAccount user, RequestContext request, CancellationToken cancellationToken) =>
        database.InTransactionAsync(
            async (transaction, cancel) =>
            {
                if (
                    await transaction.ExecuteAsync(
                        "UPDATE public.users SET account_locked_until = NULL, failed_login_attempts = 0 WHERE id = @id AND deleted_at IS NULL",
                        cancel,
                        ("id", user.Id)
                    ) == 0
                )
                    return false;
                await transaction.ExecuteAsync(
                    "DELETE FROM idp.throttle_counters WHERE key = ANY (@keys)",
                    cancel,
                    ("keys", await KeysAsync(transaction, user, cancel))
                );
                await audit.AppendAsync(
                    transaction,
                    new(
                        AuditEventTypes.AccountUnlocked,
                        AuditStatus.Success,
                        user.Id,
                        request.IpAddress,
                        request.UserAgent,
                        null
                    ),
                    cancel
                );
                return true;
            },
            cancellationToken
        );

    private async Task<byte[][]> KeysAsync(
        DatabaseTransaction transaction,
        UserAccount user,
        CancellationToken cancellationToken
    ) =>
        [
            .. (
                await new SignInCounters(limiter).AllOfAsync(
                    transaction,
                    user.Id,
                    EmailAddress.Parse(user.Email),
                    cancellationToken
                )
            ).Select(static key => key.Value),
        ];
}
