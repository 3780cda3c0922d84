using Identity.Core.Administration;
using Identity.Core.Data;

namespace Identity.Core.Roles;

/// <summary>Reads roles and their holders.</summary>
public sealed class RoleDirectory(Database database)
{
    /// <summary>The maximum page size.</summary>
    public const int MaxPage = 200;

    /// <summary>Roles by name.</summary>
    /// <param name="after">The last role of the previous page; null for the first page.</param>
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

    /// <summary>One role.</summary>
    public async Task<AdminOutcome<Role>> ReadAsync(Operator actor, Guid id, CancellationToken cancellationToken) =>
        AdminRules.Require(actor, AdminActions.RoleList) is { } refused ? refused
        : await database.QuerySingleOrDefaultAsync<Role?>(
            $"SELECT {RoleRows.Columns} FROM idp.roles r WHERE r.id = @id",
            RoleRows.Map,
            cancellationToken,
            ("id", id)
        )
            is { } role
            ? role
        : new AdminOutcome.NotFound();

    /// <summary>The role of a name, ignoring case.</summary>
    /// <param name="clientId">The client of the role; null for a role of every app and for an administrative
    /// one.</param>
    public async Task<AdminOutcome<Role>> FindAsync(
        Operator actor,
        string name,
        string? clientId,
        CancellationToken cancellationToken
    ) =>
        AdminRules.Require(actor, AdminActions.RoleList) is { } refused ? refused
        : await database.QuerySingleOrDefaultAsync<Role?>(
            $"""
            SELECT {RoleRows.Columns} FROM idp.roles r
            WHERE lower(r.name COLLATE "C") = lower(@name COLLATE "C") AND r.client_id IS NOT DISTINCT FROM @client
            """,
            RoleRows.Map,
            cancellationToken,
            ("name", name),
            ("client", SqlNull.Text(clientId))
        )
            is { } role
            ? role
        : new AdminOutcome.NotFound();

    /// <summary>The direct holders of a role, by account id.</summary>
    /// <param name="after">The last account of the previous page; null for the first page.</param>
    /// <param name="count">1 to <see cref="MaxPage"/>.</param>
    public async Task<AdminOutcome<IReadOnlyList<Member>>> HoldersAsync(
        Operator actor,
        Guid roleId,
        Guid? after,
        int count,
        CancellationToken cancellationToken
    )
    {
        if (AdminRules.Require(actor, AdminActions.RoleList) is { } refused)
            return refused;
        return new AdminOutcome<IReadOnlyList<Member>>.Done(
            await database.QueryAsync(
                """
                SELECT u.id, u.email, u.name, h.created_at FROM idp.user_roles h JOIN public.users u ON u.id = h.user_id
                WHERE h.role_id = @role AND h.user_id > @after AND u.deleted_at IS NULL
                ORDER BY h.user_id LIMIT @count
                """,
                GroupRows.MapMember,
                cancellationToken,
                ("role", roleId),
                ("after", after ?? Guid.Empty),
                ("count", Math.Clamp(count, 1, MaxPage))
            )
        );
    }

    /// <summary>The administrators by address: each administrative role of each person, at most 1000.</summary>
    public async Task<AdminOutcome<IReadOnlyList<Administrator>>> AdministratorsAsync(
        Operator actor,
        CancellationToken cancellationToken
    )
    {
        if (AdminRules.Require(actor, AdminActions.RoleList) is { } refused)
            return refused;
        return new AdminOutcome<IReadOnlyList<Administrator>>.Done(
            await database.QueryAsync(
                """
                SELECT u.id, u.email, r.name, held.group_name FROM (
                    SELECT h.user_id, h.role_id, NULL AS group_name FROM idp.user_roles h
                    UNION ALL
                    SELECT m.user_id, c.role_id, g.name FROM idp.group_roles c JOIN idp.groups g ON g.id = c.group_id
                        JOIN idp.user_groups m ON m.group_id = g.id) held
                JOIN idp.roles r ON r.id = held.role_id AND r.is_administrative
                JOIN public.users u ON u.id = held.user_id AND u.deleted_at IS NULL
                ORDER BY lower(u.email), r.name, held.group_name NULLS FIRST LIMIT 1000
                """,
                static row => new Administrator(
                    row.GetGuid(0),
                    row.GetString(1),
                    row.GetString(2),
                    row.IsDBNull(3) ? null : row.GetString(3)
                ),
                cancellationToken
            )
        );
    }

    /// <summary>The roles that a person holds, directly and through groups, by name.</summary>
    public async Task<AdminOutcome<IReadOnlyList<HeldRole>>> OfPersonAsync(
        Operator actor,
        Guid userId,
        CancellationToken cancellationToken
    )
    {
        if (AdminRules.Require(actor, AdminActions.RoleList) is { } refused)
            return refused;
        return new AdminOutcome<IReadOnlyList<HeldRole>>.Done(
            await database.QueryAsync(
                $"""
                SELECT {RoleRows.Columns}, held.group_name FROM idp.roles r JOIN (
                    SELECT h.role_id, NULL AS group_name FROM idp.user_roles h WHERE h.user_id = @user
                    UNION ALL
                    SELECT c.role_id, g.name FROM idp.user_groups m JOIN idp.groups g ON g.id = m.group_id
                        JOIN idp.group_roles c ON c.group_id = g.id WHERE m.user_id = @user) held ON held.role_id = r.id
                ORDER BY lower(r.name COLLATE "C"), r.id, held.group_name NULLS FIRST
                """,
                static row => new HeldRole(
                    RoleRows.Map(row),
                    row.IsDBNull(RoleRows.Count) ? null : row.GetString(RoleRows.Count)
                ),
                cancellationToken,
                ("user", userId)
            )
        );
    }

    /// <summary>The roles that a group carries, by name.</summary>
    public async Task<AdminOutcome<IReadOnlyList<Role>>> OfGroupAsync(
        Operator actor,
        Guid groupId,
        CancellationToken cancellationToken
    )
    {
        if (AdminRules.Require(actor, AdminActions.RoleList) is { } refused)
            return refused;
        return new AdminOutcome<IReadOnlyList<Role>>.Done(
            await database.QueryAsync(
                $"""
                SELECT {RoleRows.Columns} FROM idp.group_roles c JOIN idp.roles r ON r.id = c.role_id
                WHERE c.group_id = @group ORDER BY lower(r.name COLLATE "C"), r.id
                """,
                RoleRows.Map,
                cancellationToken,
                ("group", groupId)
            )
        );
    }
}
