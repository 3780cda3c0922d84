using Identity.Core.PersonalData;

namespace Identity.Core.Passkeys;

/// <summary>Deletes passkeys.</summary>
internal static class PasskeysPersonalData
{
    public static PersonalDataStatements Statements { get; } =
        new("Passkeys")
        {
            Erase = """
                WITH ceremonies AS (DELETE FROM idp.passkey_ceremonies WHERE user_id = @id),
                    offers AS (DELETE FROM idp.passkey_offers WHERE user_id = @id)
                DELETE FROM idp.passkeys WHERE user_id = @id
                """,
            FirstProof = "DELETE FROM idp.passkeys WHERE user_id = @id",
            Secure = "DELETE FROM idp.passkey_ceremonies WHERE user_id = @id",
            UndoEmailChange = "DELETE FROM idp.passkeys WHERE user_id = @id AND created_at >= @since",
        };
}
