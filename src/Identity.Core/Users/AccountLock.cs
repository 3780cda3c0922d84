using Identity.Core.Credentials;
using Identity.Core.Data;
using Identity.Core.Primitives;

namespace Identity.Core.Users;

/// <summary>
/// A lock that an operator puts on an account, and takes off. It is no throttling: it has a column of its own
/// (<c>users.operator_locked_until</c>), is part of <see cref="AccountState.MayAct"/> and so holds for every sign-in,
/// session, code and token until it is over or taken off; no proof lifts it. What was open rests meanwhile, and goes on
/// afterwards: to deactivate ends it. The action that calls this writes the audit row.
/// </summary>
public sealed class AccountLock(PasswordAuthenticator authenticator)
{
    /// <summary>The longest lock: an account that is to stay closed is deactivated.</summary>
    public static TimeSpan MaxDuration { get; } = TimeSpan.FromDays(366);

    /// <summary>Locks from now on, by the database's clock. Until when; null when the account is gone.</summary>
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

    /// <summary>Takes the operator's lock off, and any that wrong passwords started. False when the account is
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
