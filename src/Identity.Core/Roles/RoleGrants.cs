using Identity.Core.Administration;
using Identity.Core.Audit;
using Identity.Core.Data;
using Identity.Core.Mail;

namespace Identity.Core.Roles;

/// <summary>Grants and withdraws roles of people. Repeating a change succeeds and writes no audit row. A person is
/// notified by mail on becoming an administrator and on ceasing to be one.</summary>
public sealed class RoleGrants(Database database, AdminAuditLog audit, SecurityNotices notices)
{
    /// <summary>Grants a role.</summary>
    public Task<AdminOutcome> GrantAsync(
        Operator actor,
        Guid roleId,
        Guid userId,
        RequestContext request,
        CancellationToken cancellationToken
    ) =>
        ChangeAsync(
            actor,
            AdminActions.RoleGrant,
            roleId,
            userId,
            "INSERT INTO idp.user_roles (user_id, role_id) VALUES (@user, @role) ON CONFLICT DO NOTHING",
            MailKind.AdminRoleGranted,
            request,
            cancellationToken
        );

    /// <summary>Withdraws a role that a person holds directly. Roles of their groups stay.</summary>
    public Task<AdminOutcome> WithdrawAsync(
        Operator actor,
        Guid roleId,
        Guid userId,
        RequestContext request,
        CancellationToken cancellationToken
    ) =>
        ChangeAsync(
            actor,
            AdminActions.RoleWithdraw,
            roleId,
            userId,
            "DELETE FROM idp.user_roles WHERE user_id = @user AND role_id = @role",
            MailKind.AdminRoleWithdrawn,
            request,
            cancellationToken
        );

    private Task<AdminOutcome> ChangeAsync(
        Operator actor,
        AdminAction action,
        Guid roleId,
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
                var role = await RoleRows.LockAsync(transaction, roleId, cancel);
                if (role is null)
                    return new AdminOutcome.NotFound();
                if (await JudgeAsync(transaction, actor, action, role, userId, cancel) is { } wrong)
                    return wrong;
                if (await transaction.ExecuteAsync(sql, cancel, ("user", userId), ("role", roleId)) == 0)
                    return AdminOutcome.Done.Instance;
                var details = RoleRows.Details(role);
                await audit.AppendAsync(transaction, actor, action, userId, request, details, cancel);
                if (role.IsAdministrative)
                    await notices.QueueAsync(transaction, userId, mail, request, cancel, ("role", role.Name));
                return AdminOutcome.Done.Instance;
            },
            cancellationToken
        );

    private static async Task<AdminOutcome?> JudgeAsync(
        DatabaseTransaction transaction,
        Operator actor,
        AdminAction action,
        Role role,
        Guid userId,
        CancellationToken cancellationToken
    )
    {
        if (role.IsAdministrative && AdminRules.NotOwnRoles(actor, userId) is { } own)
            return own;
        if (AdminRules.MayGrant(actor, RoleRows.PermissionsOf(role)) is { } notHeld)
            return notHeld;
        if (await AdminRules.MayActOnAsync(transaction, actor, userId, cancellationToken) is { } refused)
            return refused;
        return action == AdminActions.RoleWithdraw && role.Name == AdminRole.Admin
            ? await AdminRules.AdministratorRemainsAsync(transaction, new(Holder: userId), cancellationToken)
            : null;
    }
}
