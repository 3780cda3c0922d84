using Identity.Core.Administration;
using Identity.Core.Audit;
using Identity.Core.Data;
using Identity.Core.Mail;

namespace Identity.Core.Roles;

/// <summary>Changes the members of a group. Repeating a change succeeds and writes no audit row.</summary>
public sealed class GroupMembers(Database database, AdminAuditLog audit, SecurityNotices notices)
{
    /// <summary>Adds a person to a group. If the group carries an administrative role, this grants it.</summary>
    public Task<AdminOutcome> AddAsync(
        Operator actor,
        Guid groupId,
        Guid userId,
        RequestContext request,
        CancellationToken cancellationToken
    ) =>
        ChangeAsync(
            actor,
            AdminActions.GroupAddMember,
            groupId,
            userId,
            "INSERT INTO idp.user_groups (user_id, group_id) VALUES (@user, @group) ON CONFLICT DO NOTHING",
            MailKind.AdminRoleGranted,
            request,
            cancellationToken
        );

    /// <summary>Removes a person from a group.</summary>
    public Task<AdminOutcome> RemoveAsync(
        Operator actor,
        Guid groupId,
        Guid userId,
        RequestContext request,
        CancellationToken cancellationToken
    ) =>
        ChangeAsync(
            actor,
            AdminActions.GroupRemoveMember,
            groupId,
            userId,
            "DELETE FROM idp.user_groups WHERE user_id = @user AND group_id = @group",
            MailKind.AdminRoleWithdrawn,
            request,
            cancellationToken
        );

    private Task<AdminOutcome> ChangeAsync(
        Operator actor,
        AdminAction action,
        Guid groupId,
        Guid userId,
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
                if (group is null)
                    return new AdminOutcome.NotFound();
                var roles = await GroupRows.AdministrativeRolesAsync(transaction, groupId, cancel);
                if (await JudgeAsync(transaction, actor, action, groupId, roles, userId, cancel) is { } wrong)
                    return wrong;
                if (await transaction.ExecuteAsync(sql, cancel, ("user", userId), ("group", groupId)) == 0)
                    return AdminOutcome.Done.Instance;
                var details = GroupRows.Details(group);
                details["administrative_roles"] = roles.Select(static role => role.Name);
                await audit.AppendAsync(transaction, actor, action, userId, request, details, cancel);
                foreach (var role in roles)
                    await notices.QueueAsync(transaction, userId, mail, request, cancel, ("role", role.Name));
                return AdminOutcome.Done.Instance;
            },
            cancellationToken
        );

    private static async Task<AdminOutcome?> JudgeAsync(
        DatabaseTransaction transaction,
        Operator actor,
        AdminAction action,
        Guid groupId,
        List<Role> administrative,
        Guid userId,
        CancellationToken cancellationToken
    )
    {
        if (administrative.Count > 0 && AdminRules.NotOwnRoles(actor, userId) is { } own)
            return own;
        if (GroupRows.MayGrant(actor, administrative) is { } notHeld)
            return notHeld;
        if (await AdminRules.MayActOnAsync(transaction, actor, userId, cancellationToken) is { } refused)
            return refused;
        if (administrative.Count == 0)
            return null;
        if (action == AdminActions.GroupRemoveMember)
            return administrative.Any(static role => role.Name == AdminRole.Admin)
                ? await AdminRules.AdministratorRemainsAsync(
                    transaction,
                    new(Group: groupId, Member: userId),
                    cancellationToken
                )
                : null;
        var members = await GroupRows.MembersAsync(
            transaction,
            groupId,
            GroupRoles.MaxAdministrators,
            cancellationToken
        );
        return members.Count >= GroupRoles.MaxAdministrators && !members.Contains(userId)
            ? new AdminOutcome.Refused(
                AdminRule.GroupTooLarge,
                $"A group with an administrative role has at most {GroupRoles.MaxAdministrators} members."
            )
            : null;
    }
}
