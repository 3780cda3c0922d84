using Identity.Core.Administration;
using Identity.Core.Data;
using Npgsql;

namespace Identity.Core.Roles;

/// <summary>Reads roles. Statements use the alias <c>r</c>.</summary>
internal static class RoleRows
{
    public const string Columns =
        "r.id, r.name, r.client_id, r.description, r.is_administrative, r.permissions, r.is_built_in, r.version, "
        + "r.created_at, r.updated_at";

    /// <summary>The number of columns; the statement's own follow.</summary>
    public const int Count = 10;

    public static Role Map(NpgsqlDataReader row)
    {
        var (name, isAdministrative) = (row.GetString(1), row.GetBoolean(4));
        return new(
            row.GetGuid(0),
            name,
            row.IsDBNull(2) ? null : row.GetString(2),
            row.IsDBNull(3) ? null : row.GetString(3),
            isAdministrative,
            isAdministrative ? Names(name, row.GetFieldValue<string[]>(5)) : [],
            row.GetBoolean(6),
            row.GetInt64(7),
            row.GetFieldValue<DateTimeOffset>(8),
            row.GetFieldValue<DateTimeOffset>(9)
        );
    }

    /// <summary>The role, locked until the transaction ends.</summary>
    public static Task<Role?> LockAsync(
        DatabaseTransaction transaction,
        Guid id,
        CancellationToken cancellationToken
    ) =>
        transaction.QuerySingleOrDefaultAsync<Role?>(
            $"SELECT {Columns} FROM idp.roles r WHERE r.id = @id FOR UPDATE",
            Map,
            cancellationToken,
            ("id", id)
        );

    /// <summary>Who holds the role, directly or through a group.</summary>
    public static Task<List<Guid>> HoldersAsync(
        DatabaseTransaction transaction,
        Guid roleId,
        CancellationToken cancellationToken
    ) =>
        transaction.QueryAsync(
            """
            SELECT user_id FROM idp.user_roles WHERE role_id = @role
            UNION
            SELECT m.user_id FROM idp.group_roles g JOIN idp.user_groups m ON m.group_id = g.group_id
            WHERE g.role_id = @role
            ORDER BY user_id
            """,
            static row => row.GetGuid(0),
            cancellationToken,
            ("role", roleId)
        );

    /// <summary>The permissions of an administrative role.</summary>
    public static IEnumerable<AdminPermission> PermissionsOf(Role role) =>
        role.Permissions.Select(AdminPermission.Find).OfType<AdminPermission>();

    /// <summary>The audit details of a role.</summary>
    public static Dictionary<string, object?> Details(Role role) =>
        new(StringComparer.Ordinal)
        {
            ["role_id"] = role.Id,
            ["role"] = role.Name,
            ["client_id"] = role.ClientId,
            ["administrative"] = role.IsAdministrative,
            ["permissions"] = role.Permissions,
        };

    private static string[] Names(string role, string[] stored) =>
        [
            .. AdminRole
                .PermissionsOf(role, stored)
                .Select(static permission => permission.Name)
                .Order(StringComparer.Ordinal),
        ];
}
