using Identity.Core.Administration;
using Npgsql;

namespace Identity.Core.Roles;

/// <summary>How a role is read. Statements name the table <c>r</c>.</summary>
internal static class RoleRows
{
    public const string Columns =
        "r.id, r.name, r.client_id, r.description, r.is_administrative, r.permissions, r.is_built_in, r.version, "
        + "r.created_at, r.updated_at";

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

    private static string[] Names(string role, string[] stored) =>
        [
            .. AdminRole
                .PermissionsOf(role, stored)
                .Select(static permission => permission.Name)
                .Order(StringComparer.Ordinal),
        ];
}
