using Identity.Core.Administration;
using Identity.Core.Audit;
using Identity.Core.Data;
using Identity.Core.Mail;

namespace Identity.Core.Roles;

/// <summary>Creates, changes and deletes groups. A person who thereby stops being an administrator is
/// notified.</summary>
public sealed class GroupStore(Database database, AdminAuditLog audit, SecurityNotices notices)
{
    /// <summary>A new group, without members and roles.</summary>
    public Task<AdminOutcome<Group>> CreateAsync(
        Operator actor,
        GroupDraft draft,
        RequestContext request,
        CancellationToken cancellationToken
    ) =>
        database.InTransactionAsync<AdminOutcome<Group>>(
            async (transaction, cancel) =>
            {
                if ((AdminRules.Require(actor, AdminActions.GroupCreate) ?? DraftRules.Judge(draft)) is { } refused)
                    return refused;
                var group = await transaction.QuerySingleOrDefaultAsync<Group?>(
                    $"""
                    INSERT INTO idp.groups AS g (name, description) VALUES (@name, @description)
                    ON CONFLICT DO NOTHING RETURNING {GroupRows.Columns}
                    """,
                    GroupRows.Map,
                    cancel,
                    ("name", draft.Name),
                    ("description", SqlNull.Text(draft.Description))
                );
                if (group is null)
                    return DraftRules.Taken;
                var details = GroupRows.Details(group);
                await audit.AppendAsync(transaction, actor, AdminActions.GroupCreate, null, request, details, cancel);
                return group;
            },
            cancellationToken
        );

    /// <summary>Changes the name and the description.</summary>
    /// <param name="version">The version that the operator saw; null to skip the check.</param>
    public Task<AdminOutcome<Group>> ChangeAsync(
        Operator actor,
        Guid id,
        GroupDraft draft,
        long? version,
        RequestContext request,
        CancellationToken cancellationToken
    ) =>
        database.InTransactionAsync<AdminOutcome<Group>>(
            async (transaction, cancel) =>
            {
                if ((AdminRules.Require(actor, AdminActions.GroupChange) ?? DraftRules.Judge(draft)) is { } refused)
                    return refused;
                if (await GroupRows.LockAsync(transaction, id, cancel) is not { } old)
                    return new AdminOutcome.NotFound();
                if (version is { } seen && seen != old.Version)
                    return new AdminOutcome.Stale();
                var group = await transaction.QuerySingleOrDefaultAsync<Group?>(
                    $"""
                    UPDATE idp.groups g SET name = @name, description = @description, version = version + 1,
                        updated_at = now()
                    WHERE g.id = @id AND NOT EXISTS (
                        SELECT FROM idp.groups other WHERE lower(other.name COLLATE "C") = lower(@name COLLATE "C")
                            AND other.id <> g.id)
                    RETURNING {GroupRows.Columns}
                    """,
                    GroupRows.Map,
                    cancel,
                    ("id", id),
                    ("name", draft.Name),
                    ("description", SqlNull.Text(draft.Description))
                );
                if (group is null)
                    return DraftRules.Taken;
                var details = GroupRows.Details(group);
                details["old_name"] = old.Name;
                await audit.AppendAsync(transaction, actor, AdminActions.GroupChange, null, request, details, cancel);
                return group;
            },
            cancellationToken
        );

    /// <summary>Deletes a group: its members lose the roles that it gave them.</summary>
    /// <param name="version">The version that the operator saw; null to skip the check.</param>
    public Task<AdminOutcome> DeleteAsync(
        Operator actor,
        Guid id,
        long? version,
        RequestContext request,
        CancellationToken cancellationToken
    ) =>
        database.InTransactionAsync<AdminOutcome>(
            async (transaction, cancel) =>
            {
                if (AdminRules.Require(actor, AdminActions.GroupDelete) is { } refused)
                    return refused;
                if (await GroupRows.LockAsync(transaction, id, cancel) is not { } group)
                    return new AdminOutcome.NotFound();
                if (version is { } seen && seen != group.Version)
                    return new AdminOutcome.Stale();
                var roles = await GroupRows.AdministrativeRolesAsync(transaction, id, cancel);
                if (await GroupRoles.JudgeLossAsync(transaction, actor, id, roles, cancel) is { } wrong)
                    return wrong;
                var members =
                    roles.Count == 0
                        ? []
                        : await GroupRows.MembersAsync(transaction, id, GroupRoles.MaxAdministrators, cancel);
                await transaction.ExecuteAsync("DELETE FROM idp.groups WHERE id = @id", cancel, ("id", id));
                var details = GroupRows.Details(group);
                await audit.AppendAsync(transaction, actor, AdminActions.GroupDelete, null, request, details, cancel);
                foreach (var (member, role) in members.SelectMany(_ => roles, static (member, role) => (member, role)))
                    await notices.QueueAsync(
                        transaction,
                        member,
                        MailKind.AdminRoleWithdrawn,
                        request,
                        cancel,
                        ("role", role.Name)
                    );
                return AdminOutcome.Done.Instance;
            },
            cancellationToken
        );
}
