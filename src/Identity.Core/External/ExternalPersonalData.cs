using Identity.Core.PersonalData;

namespace Identity.Core.External;

/// <summary>Deletes the logins at other providers.</summary>
internal static class ExternalPersonalData
{
    public static PersonalDataStatements Statements { get; } =
        new("External")
        {
            Erase = "DELETE FROM idp.external_logins WHERE user_id = @id",
            FirstProof = "DELETE FROM idp.external_logins WHERE user_id = @id",
            UndoEmailChange = "DELETE FROM idp.external_logins WHERE user_id = @id AND created_at >= @since",
        };
}
