using Identity.Core.Administration;
using Identity.Core.Data;

namespace Identity.Core.Roles;

/// <summary>Reads roles.</summary>
public sealed class RoleDirectory(Database database)
{
    /// <summary>The most that one page holds.</summary>
    public const int MaxPage = 200;

    /// <summary>Roles by name.</summary>
    /// <param name="after">The last role of the page before; null for the first page.</param>
    /// <param name="count">1 to <see cref="MaxPage"/>.</param>
    public async Task<AdminOutcome<IReadOnlyList<Role>>> ListAsync(
        Operator actor,
        Role? after,
        int count,
        CancellationToken cancellationToken
    )
    {
        if (AdminRules.Require(actor, AdminActions.RoleList) is { } refused)
            return refused;
        return new AdminOutcome<IReadOnlyList<Role>>.Done(
            await database.QueryAsync(
                $"""
                SELECT {RoleRows.Columns} FROM idp.roles r
                WHERE (lower(r.name COLLATE "C"), r.id) > (lower(@name COLLATE "C"), @id)
                ORDER BY lower(r.name COLLATE "C"), r.id LIMIT @count
                """,
                RoleRows.Map,
                cancellationToken,
                ("name", after?.Name ?? ""),
                ("id", after?.Id ?? Guid.Empty),
                ("count", Math.Clamp(count, 1, MaxPage))
            )
        );
    }
}
