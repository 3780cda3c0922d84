using Identity.Core.Credentials;
using Identity.Core.Data;

namespace Identity.Core.TwoFactor;

/// <summary>Removes an authenticator app for a caller that has authorized the removal: its owner by a proof, or an
/// operator.</summary>
internal static class TotpRemoval
{
    /// <summary>Removes the second factor, recovery codes and trusted browsers in the transaction of the caller, who
    /// writes the audit row and the notice. False if there was none.</summary>
    public static async Task<bool> RemoveAsync(
        DatabaseTransaction transaction,
        Guid userId,
        CancellationToken cancellationToken
    )
    {
        if (
            await transaction.ExecuteAsync(
                $"""
                UPDATE public.users SET two_factor_enabled = false, two_factor_secret = NULL,
                    two_factor_last_step = NULL, two_factor_enabled_at = NULL, {CredentialVersions.Raise}
                WHERE id = @id AND two_factor_enabled
                """,
                cancellationToken,
                ("id", userId)
            ) == 0
        )
            return false;
        await transaction.ExecuteAsync(
            "DELETE FROM idp.recovery_codes WHERE user_id = @id",
            cancellationToken,
            ("id", userId)
        );
        await ForgetDevicesAsync(transaction, userId, cancellationToken);
        return true;
    }

    public static Task<int> ForgetDevicesAsync(
        DatabaseTransaction transaction,
        Guid userId,
        CancellationToken cancellationToken
    ) =>
        transaction.ExecuteAsync(
            "UPDATE idp.trusted_devices SET revoked_at = now() WHERE user_id = @id AND revoked_at IS NULL",
            cancellationToken,
            ("id", userId)
        );
}
