using Identity.Core.PersonalData;

namespace Identity.Core.Roles;

/// <summary>Deletes a person's roles and group memberships.</summary>
internal static class RolesPersonalData
{
    public static PersonalDataStatements Statements { get; } =
        new("Roles")
        {
            Erase = """
                WITH roles AS (DELETE FROM idp.user_roles WHERE user_id = @id)
                DELETE FROM idp.user_groups WHERE user_id = @id
                """,
        };
}
