using Identity.Core.Administration;
using Identity.Core.Audit;
using Identity.Core.Data;
using Identity.Core.Mail;

namespace Identity.Core.Roles;

/// <summary>Changes the roles of a group. Repeating a change succeeds and writes no audit row.</summary>
public sealed class GroupRoles(Database database, AdminAuditLog audit, SecurityNotices notices)
{
    /// <summary>The maximum number of members of a group with an administrative role: each is notified by
    /// mail.</summary>
    public const int MaxAdministrators = 100;

    /// <summary>Gives a role to all members.</summary>
    public Task<AdminOutcome> GrantAsync(
        Operator actor,
        Guid groupId,
        Guid roleId,
        RequestContext request,
        CancellationToken cancellationToken
    ) =>
        ChangeAsync(
            actor,
            AdminActions.GroupGrantRole,
            groupId,
            roleId,
            "INSERT INTO idp.group_roles (group_id, role_id) VALUES (@group, @role) ON CONFLICT DO NOTHING",
            MailKind.AdminRoleGranted,
            request,
            cancellationToken
        );

    /// <summary>Withdraws a role from all members who do not hold it otherwise.</summary>
    public Task<AdminOutcome> WithdrawAsync(
        Operator actor,
        Guid groupId,
        Guid roleId,
        RequestContext request,
        CancellationToken cancellationToken
    ) =>
        ChangeAsync(
            actor,
            AdminActions.GroupWithdrawRole,
            groupId,
            roleId,
            "DELETE FROM idp.group_roles WHERE group_id = @group AND role_id = @role",
            MailKind.AdminRoleWithdrawn,
            request,
            cancellationToken
        );

    /// <summary>Whether an operator may withdraw these administrative roles from all members of a group.</summary>
    internal static async Task<AdminOutcome?> JudgeLossAsync(
        DatabaseTransaction transaction,
        Operator actor,
        Guid groupId,
        IReadOnlyCollection<Role> administrative,
        CancellationToken cancellationToken
    )
    {
        if (administrative.Count == 0)
            return null;
        if (GroupRows.MayGrant(actor, administrative) is { } refused)
            return refused;
        var members = await GroupRows.MembersAsync(transaction, groupId, MaxAdministrators + 1, cancellationToken);
        if (actor.UserId is { } self && members.Contains(self))
            return AdminRules.NotOwnRoles(actor, self);
        return administrative.Any(static role => role.Name == AdminRole.Admin)
            ? await AdminRules.AdministratorRemainsAsync(transaction, new(Group: groupId), cancellationToken)
            : null;
    }

    private Task<AdminOutcome> ChangeAsync(
        Operator actor,
        AdminAction action,
        Guid groupId,
        Guid roleId,
        string sql,
        MailKind mail,
        RequestContext request,
        CancellationToken cancellationToken
    ) =>
        database.InTransactionAsync<AdminOutcome>(
            async (transaction, cancel) =>
            {
                if (AdminRules.Require(actor, action) is { } refused)
                    return refused;
                var group = await GroupRows.LockAsync(transaction, groupId, cancel);
                var role = await RoleRows.LockAsync(transaction, roleId, cancel);
                if (group is null || role is null)
                    return new AdminOutcome.NotFound();
                if (await JudgeAsync(transaction, actor, action, groupId, role, cancel) is { } wrong)
                    return wrong;
                if (await transaction.ExecuteAsync(sql, cancel, ("group", groupId), ("role", roleId)) == 0)
                    return AdminOutcome.Done.Instance;
                var details = RoleRows.Details(role);
                details["group_id"] = group.Id;
                details["group"] = group.Name;
                await audit.AppendAsync(transaction, actor, action, null, request, details, cancel);
                if (role.IsAdministrative)
                    foreach (
                        var member in await GroupRows.MembersAsync(transaction, groupId, MaxAdministrators, cancel)
                    )
                        await notices.QueueAsync(transaction, member, mail, request, cancel, ("role", role.Name));
                return AdminOutcome.Done.Instance;
            },
            cancellationToken
        );

    private static async Task<AdminOutcome?> JudgeAsync(
        DatabaseTransaction transaction,
        Operator actor,
        AdminAction action,
        Guid groupId,
        Role role,
        CancellationToken cancellationToken
    )
    {
        if (!role.IsAdministrative)
            return null;
        if (action == AdminActions.GroupWithdrawRole)
            return await JudgeLossAsync(transaction, actor, groupId, [role], cancellationToken);
        if (GroupRows.MayGrant(actor, [role]) is { } refused)
            return refused;
        var members = await GroupRows.MembersAsync(transaction, groupId, MaxAdministrators + 1, cancellationToken);
        if (members.Count > MaxAdministrators)
            return new AdminOutcome.Refused(
                AdminRule.GroupTooLarge,
                $"A group with an administrative role has at most {MaxAdministrators} members."
            );
        return actor.UserId is { } self && members.Contains(self) ? AdminRules.NotOwnRoles(actor, self) : null;
    }
}
