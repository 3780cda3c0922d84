using Identity.Core.PersonalData;

namespace Identity.Core.TwoFactor;

/// <summary>Deletes recovery codes, trusted browsers, pending sign-ins, and the secret of the account.</summary>
internal static class TwoFactorPersonalData
{
    public static PersonalDataStatements Statements { get; } =
        new("TwoFactor")
        {
            Erase = """
                WITH codes AS (DELETE FROM idp.recovery_codes WHERE user_id = @id),
                     challenges AS (DELETE FROM idp.login_challenges WHERE user_id = @id)
                DELETE FROM idp.trusted_devices WHERE user_id = @id
                """,
            FirstProof = """
                WITH codes AS (DELETE FROM idp.recovery_codes WHERE user_id = @id),
                     devices AS (DELETE FROM idp.trusted_devices WHERE user_id = @id)
                UPDATE public.users SET two_factor_enabled = false, two_factor_secret = NULL,
                    two_factor_last_step = NULL, two_factor_enabled_at = NULL
                WHERE id = @id
                """,
            Secure = """
                WITH challenges AS (DELETE FROM idp.login_challenges WHERE user_id = @id)
                UPDATE idp.trusted_devices SET revoked_at = now() WHERE user_id = @id AND revoked_at IS NULL
                """,
            // Trusted browsers are removed whatever their age, which costs the owner only one more step. A second
            // factor and codes from before the change stay.
            UndoEmailChange = """
                WITH codes AS (DELETE FROM idp.recovery_codes WHERE user_id = @id AND created_at >= @since),
                     devices AS (
                         UPDATE idp.trusted_devices SET revoked_at = now() WHERE user_id = @id AND revoked_at IS NULL)
                UPDATE public.users SET two_factor_enabled = false, two_factor_secret = NULL,
                    two_factor_last_step = NULL, two_factor_enabled_at = NULL
                WHERE id = @id AND two_factor_enabled_at >= @since
                """,
        };
}
