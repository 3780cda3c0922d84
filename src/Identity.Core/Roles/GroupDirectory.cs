using Identity.Core.Administration;
using Identity.Core.Data;

namespace Identity.Core.Roles;

/// <summary>Reads groups and their members.</summary>
public sealed class GroupDirectory(Database database)
{
    /// <summary>Groups by name.</summary>
    /// <param name="after">The last group of the previous page; null for the first page.</param>
    /// <param name="count">1 to <see cref="RoleDirectory.MaxPage"/>.</param>
    public async Task<AdminOutcome<IReadOnlyList<Group>>> ListAsync(
        Operator actor,
        Group? after,
        int count,
        CancellationToken cancellationToken
    )
    {
        if (AdminRules.Require(actor, AdminActions.GroupList) is { } refused)
            return refused;
        return new AdminOutcome<IReadOnlyList<Group>>.Done(
            await database.QueryAsync(
                $"""
                SELECT {GroupRows.Columns} FROM idp.groups g
                WHERE (lower(g.name COLLATE "C"), g.id) > (lower(@name COLLATE "C"), @id)
                ORDER BY lower(g.name COLLATE "C"), g.id LIMIT @count
                """,
                GroupRows.Map,
                cancellationToken,
                ("name", after?.Name ?? ""),
                ("id", after?.Id ?? Guid.Empty),
                ("count", Math.Clamp(count, 1, RoleDirectory.MaxPage))
            )
        );
    }

    /// <summary>One group.</summary>
    public Task<AdminOutcome<Group>> ReadAsync(Operator actor, Guid id, CancellationToken cancellationToken) =>
        FindAsync(actor, "g.id = @id", ("id", id), cancellationToken);

    /// <summary>The group of a name, ignoring case.</summary>
    public Task<AdminOutcome<Group>> FindAsync(Operator actor, string name, CancellationToken cancellationToken) =>
        FindAsync(actor, "lower(g.name COLLATE \"C\") = lower(@name COLLATE \"C\")", ("name", name), cancellationToken);

    /// <summary>The members of a group, by account id.</summary>
    /// <param name="after">The last account of the previous page; null for the first page.</param>
    /// <param name="count">1 to <see cref="RoleDirectory.MaxPage"/>.</param>
    public async Task<AdminOutcome<IReadOnlyList<Member>>> MembersAsync(
        Operator actor,
        Guid groupId,
        Guid? after,
        int count,
        CancellationToken cancellationToken
    )
    {
        if (AdminRules.Require(actor, AdminActions.GroupList) is { } refused)
            return refused;
        return new AdminOutcome<IReadOnlyList<Member>>.Done(
            await database.QueryAsync(
                """
                SELECT u.id, u.email, u.name, m.created_at
                FROM idp.user_groups m JOIN public.users u ON u.id = m.user_id
                WHERE m.group_id = @group AND m.user_id > @after AND u.deleted_at IS NULL
                ORDER BY m.user_id LIMIT @count
                """,
                GroupRows.MapMember,
                cancellationToken,
                ("group", groupId),
                ("after", after ?? Guid.Empty),
                ("count", Math.Clamp(count, 1, RoleDirectory.MaxPage))
            )
        );
    }

    /// <summary>The groups of a person, by name.</summary>
    public async Task<AdminOutcome<IReadOnlyList<Group>>> OfPersonAsync(
        Operator actor,
        Guid userId,
        CancellationToken cancellationToken
    )
    {
        if (AdminRules.Require(actor, AdminActions.GroupList) is { } refused)
            return refused;
        return new AdminOutcome<IReadOnlyList<Group>>.Done(
            await database.QueryAsync(
                $"""
                SELECT {GroupRows.Columns} FROM idp.user_groups m JOIN idp.groups g ON g.id = m.group_id
                WHERE m.user_id = @user ORDER BY lower(g.name COLLATE "C"), g.id
                """,
                GroupRows.Map,
                cancellationToken,
                ("user", userId)
            )
        );
    }

    private async Task<AdminOutcome<Group>> FindAsync(
        Operator actor,
        string condition,
        (string, object?) parameter,
        CancellationToken cancellationToken
    ) =>
        AdminRules.Require(actor, AdminActions.GroupList) is { } refused ? refused
        : await database.QuerySingleOrDefaultAsync<Group?>(
            $"SELECT {GroupRows.Columns} FROM idp.groups g WHERE {condition}",
            GroupRows.Map,
            cancellationToken,
            parameter
        )
            is { } group
            ? group
        : new AdminOutcome.NotFound();
}
