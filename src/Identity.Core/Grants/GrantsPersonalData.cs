using Identity.Core.PersonalData;

namespace Identity.Core.Grants;

/// <summary>Deletes consents, codes and families of refresh tokens.</summary>
internal static class GrantsPersonalData
{
    public static PersonalDataStatements Statements { get; } =
        new("Grants")
        {
            Erase = """
                WITH grants AS (DELETE FROM idp.grants WHERE user_id = @id)
                DELETE FROM idp.token_families WHERE user_id = @id
                """,
            FirstProof = """
                WITH grants AS (UPDATE idp.grants SET revoked_at = now() WHERE user_id = @id AND revoked_at IS NULL)
                UPDATE idp.token_families SET revoked_at = now(), revoked_reason = 'address_proved'
                WHERE user_id = @id AND revoked_at IS NULL
                """,
            // Families end with their sessions; this ends those whose session has already ended.
            Secure = """
                WITH grants AS (UPDATE idp.grants SET revoked_at = now() WHERE user_id = @id AND revoked_at IS NULL),
                     families AS (
                         UPDATE idp.token_families SET revoked_at = now(), revoked_reason = 'account_secured'
                         WHERE user_id = @id AND revoked_at IS NULL RETURNING id)
                UPDATE public.refresh_tokens t SET revoked_at = now() FROM families f
                WHERE t.family_id = f.id AND t.used_at IS NULL AND t.revoked_at IS NULL
                """,
            // A consent is judged by the day it was first given; other waiting requests only cost the owner one more
            // step.
            UndoEmailChange = """
                UPDATE idp.grants SET revoked_at = now()
                WHERE user_id = @id AND revoked_at IS NULL AND (kind <> 'consent' OR created_at >= @since)
                """,
        };
}
