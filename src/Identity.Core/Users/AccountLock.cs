using Identity.Core.Credentials;
using Identity.Core.Data;
using Identity.Core.Primitives;

namespace Identity.Core.Users;

/// <summary> An operator's lock on an account. It is independent of throttling: it has its own column
/// (<c>users.operator_locked_until</c>) and is part of <see cref="AccountState.MayAct"/>, so it applies to every
/// sign-in, session, code and token until it expires or is removed; no proof lifts it. Sessions and tokens are
/// suspended meanwhile and continue afterwards; deactivating ends them. The calling action writes the audit row.
/// </summary>
public sealed class AccountLock(PasswordAuthenticator authenticator)
{
    /// <summary>The longest lock; to close an account permanently, deactivate it.</summary>
    public static TimeSpan MaxDuration { get; } = TimeSpan.FromDays(366);

    /// <summary>Locks from now on, by the database's clock. Returns the end of the lock; null if the account is
    /// gone.</summary>
    internal static Task<DateTimeOffset?> LockAsync(
        DatabaseTransaction transaction,
        Guid userId,
        TimeSpan duration,
        CancellationToken cancellationToken
    ) =>
        transaction.QuerySingleOrDefaultAsync<DateTimeOffset?>(
            $"""
            UPDATE public.users SET operator_locked_until = now() + @duration, {CredentialVersions.Raise}
            WHERE id = @id AND deleted_at IS NULL RETURNING operator_locked_until
            """,
            static row => row.GetFieldValue<DateTimeOffset>(0),
            cancellationToken,
            ("id", userId),
            ("duration", duration)
        );

    /// <summary>Removes the operator's lock and any lock caused by wrong passwords. False if the account is
    /// gone.</summary>
    internal async Task<bool> UnlockAsync(
        DatabaseTransaction transaction,
        UserAccount user,
        CancellationToken cancellationToken
    )
    {
        if (
            await transaction.ExecuteAsync(
                """
                UPDATE public.users SET operator_locked_until = NULL, account_locked_until = NULL,
                    failed_login_attempts = 0
                WHERE id = @id AND deleted_at IS NULL
                """,
                cancellationToken,
                ("id", user.Id)
            ) == 0
        )
            return false;
        await authenticator.ForgetAttemptsAsync(
            transaction,
            user.Id,
            EmailAddress.Parse(user.Email),
            cancellationToken
        );
        return true;
    }
}
