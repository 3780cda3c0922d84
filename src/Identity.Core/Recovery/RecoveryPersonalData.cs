using Identity.Core.PersonalData;

namespace Identity.Core.Recovery;

/// <summary>Deletes every link that was mailed.</summary>
internal static class RecoveryPersonalData
{
    public static PersonalDataStatements Statements { get; } =
        new("Recovery")
        {
            Erase = """
                WITH resets AS (DELETE FROM public.password_reset_tokens WHERE user_id = @id),
                     verifications AS (DELETE FROM public.email_verification_tokens WHERE user_id = @id),
                     links AS (DELETE FROM idp.magic_links WHERE user_id = @id),
                     codes AS (DELETE FROM idp.sign_in_codes WHERE user_id = @id),
                     secures AS (DELETE FROM idp.secure_account_links WHERE user_id = @id)
                DELETE FROM idp.email_change_reverts WHERE user_id = @id
                """,
            FirstProof = """
                WITH codes AS (DELETE FROM idp.sign_in_codes WHERE user_id = @id)
                DELETE FROM idp.magic_links WHERE user_id = @id
                """,
            // The link to undo a change of address stays: it goes to the mailbox that the owner had before.
            Secure = """
                WITH links AS (UPDATE idp.magic_links SET used_at = now() WHERE user_id = @id AND used_at IS NULL),
                     codes AS (
                         UPDATE idp.sign_in_codes SET used_at = now() WHERE user_id = @id AND used_at IS NULL),
                     secures AS (
                         UPDATE idp.secure_account_links SET used_at = now() WHERE user_id = @id AND used_at IS NULL),
                     resets AS (UPDATE public.password_reset_tokens SET used_at = now() WHERE user_id = @id
                         AND used_at IS NULL)
                UPDATE public.email_verification_tokens SET used_at = now() WHERE user_id = @id AND used_at IS NULL
                """,
            // The undo link of a later change is void, because it was mailed to the address being removed. The link of
            // an earlier change stays valid.
            UndoEmailChange = """
                WITH links AS (UPDATE idp.magic_links SET used_at = now() WHERE user_id = @id AND used_at IS NULL),
                     codes AS (
                         UPDATE idp.sign_in_codes SET used_at = now() WHERE user_id = @id AND used_at IS NULL),
                     later AS (
                         UPDATE idp.email_change_reverts SET used_at = now()
                         WHERE user_id = @id AND used_at IS NULL AND created_at >= @since),
                     resets AS (UPDATE public.password_reset_tokens SET used_at = now() WHERE user_id = @id
                         AND used_at IS NULL)
                UPDATE public.email_verification_tokens SET used_at = now() WHERE user_id = @id AND used_at IS NULL
                """,
        };
}
