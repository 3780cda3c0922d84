using Identity.Core.Administration;
using Identity.Core.Data;
using Npgsql;

namespace Identity.Core.Roles;

/// <summary>Reads groups and their members. Statements use the alias <c>g</c>.</summary>
internal static class GroupRows
{
    public const string Columns = "g.id, g.name, g.description, g.version, g.created_at, g.updated_at";

    public static Group Map(NpgsqlDataReader row) =>
        new(
            row.GetGuid(0),
            row.GetString(1),
            row.IsDBNull(2) ? null : row.GetString(2),
            row.GetInt64(3),
            row.GetFieldValue<DateTimeOffset>(4),
            row.GetFieldValue<DateTimeOffset>(5)
        );

    public static Member MapMember(NpgsqlDataReader row) =>
        new(
            row.GetGuid(0),
            row.GetString(1),
            row.IsDBNull(2) ? null : row.GetString(2),
            row.GetFieldValue<DateTimeOffset>(3)
        );

    /// <summary>The group, locked until the transaction ends.</summary>
    public static Task<Group?> LockAsync(
        DatabaseTransaction transaction,
        Guid id,
        CancellationToken cancellationToken
    ) =>
        transaction.QuerySingleOrDefaultAsync<Group?>(
            $"SELECT {Columns} FROM idp.groups g WHERE g.id = @id FOR UPDATE",
            Map,
            cancellationToken,
            ("id", id)
        );

    /// <summary>The administrative roles that the group carries.</summary>
    public static Task<List<Role>> AdministrativeRolesAsync(
        DatabaseTransaction transaction,
        Guid id,
        CancellationToken cancellationToken
    ) =>
        transaction.QueryAsync(
            $"""
            SELECT {RoleRows.Columns} FROM idp.group_roles c JOIN idp.roles r ON r.id = c.role_id
            WHERE c.group_id = @id AND r.is_administrative
            """,
            RoleRows.Map,
            cancellationToken,
            ("id", id)
        );

    /// <summary>The members, up to a maximum.</summary>
    public static Task<List<Guid>> MembersAsync(
        DatabaseTransaction transaction,
        Guid id,
        int count,
        CancellationToken cancellationToken
    ) =>
        transaction.QueryAsync(
            "SELECT user_id FROM idp.user_groups WHERE group_id = @id ORDER BY user_id LIMIT @count",
            static row => row.GetGuid(0),
            cancellationToken,
            ("id", id),
            ("count", count)
        );

    /// <summary>A change of the roles or members of a group with administrative roles grants those roles, so the same
    /// rules apply.</summary>
    public static AdminOutcome? MayGrant(Operator actor, IReadOnlyCollection<Role> administrative) =>
        administrative.Count == 0
            ? null
            : AdminRules.Require(actor, AdminPermission.RolesGrant)
                ?? AdminRules.MayGrant(actor, administrative.SelectMany(RoleRows.PermissionsOf));

    /// <summary>The audit details of a group.</summary>
    public static Dictionary<string, object?> Details(Group group) =>
        new(StringComparer.Ordinal) { ["group_id"] = group.Id, ["group"] = group.Name };
}
