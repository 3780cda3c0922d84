using Identity.Core.Administration;
using Identity.Core.Data;

namespace Identity.Core.Roles;

/// <summary>The roles and groups that an account starts with. Never administrative ones: those are granted to a person
/// who has an account, by somebody who holds them at that moment.</summary>
public sealed class StartingAccess(Database database)
{
    /// <summary>The maximum number of roles, and of groups.</summary>
    public const int MaxCount = 50;

    private const string Ordinary = """
        NOT EXISTS (SELECT FROM idp.group_roles c JOIN idp.roles r ON r.id = c.role_id
                    WHERE c.group_id = g.id AND r.is_administrative)
        """;

    /// <summary>Whether an operator may give these to a new account: they exist, are not administrative, and the
    /// operator holds the permissions to grant them.</summary>
    public async Task<AdminOutcome?> JudgeAsync(
        Operator actor,
        IReadOnlyCollection<Guid> roles,
        IReadOnlyCollection<Guid> groups,
        CancellationToken cancellationToken
    )
    {
        if (roles.Count > 0 && AdminRules.Require(actor, AdminPermission.RolesGrant) is { } noRoles)
            return noRoles;
        if (groups.Count > 0 && AdminRules.Require(actor, AdminPermission.GroupsWrite) is { } noGroups)
            return noGroups;
        if (roles.Count > MaxCount || groups.Count > MaxCount)
            return new AdminOutcome.Invalid("roles", $"Choose at most {MaxCount} roles and {MaxCount} groups.");
        var (foundRoles, foundGroups) = await database.QuerySingleOrDefaultAsync(
            $"""
            SELECT (SELECT count(*) FROM idp.roles r WHERE r.id = ANY (@roles) AND NOT r.is_administrative),
                   (SELECT count(*) FROM idp.groups g WHERE g.id = ANY (@groups) AND {Ordinary})
            """,
            static row => (row.GetInt64(0), row.GetInt64(1)),
            cancellationToken,
            ("roles", roles.ToArray()),
            ("groups", groups.ToArray())
        );
        if (foundRoles != roles.Distinct().Count())
            return new AdminOutcome.Invalid("roles", "Choose roles that exist and are not administrative.");
        return foundGroups == groups.Distinct().Count()
            ? null
            : new AdminOutcome.Invalid("groups", "Choose groups that exist and carry no administrative role.");
    }

    /// <summary>Gives them to a new account, in the transaction that creates it. Those that were deleted or became
    /// administrative meanwhile are left out.</summary>
    internal static async Task GiveAsync(
        DatabaseTransaction transaction,
        Guid userId,
        Guid[] roles,
        Guid[] groups,
        CancellationToken cancellationToken
    )
    {
        // Whether a role is administrative never changes. What a group carries does, and a change of it locks the
        // group: the second statement sees what was committed before the lock.
        await transaction.ExecuteAsync(
            "SELECT FROM idp.groups WHERE id = ANY (@groups) ORDER BY id FOR UPDATE",
            cancellationToken,
            ("groups", groups)
        );
        await transaction.ExecuteAsync(
            $"""
            WITH granted AS (
                INSERT INTO idp.user_roles (user_id, role_id)
                SELECT @user, r.id FROM idp.roles r WHERE r.id = ANY (@roles) AND NOT r.is_administrative)
            INSERT INTO idp.user_groups (user_id, group_id)
            SELECT @user, g.id FROM idp.groups g WHERE g.id = ANY (@groups) AND {Ordinary}
            """,
            cancellationToken,
            ("user", userId),
            ("roles", roles),
            ("groups", groups)
        );
    }
}
