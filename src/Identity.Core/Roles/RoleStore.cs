using Identity.Core.Administration;
using Identity.Core.Audit;
using Identity.Core.Data;
using Identity.Core.Mail;

namespace Identity.Core.Roles;

/// <summary>Creates, changes and deletes roles. Nobody can give an administrative role more permissions than they hold,
/// or change one that they hold themselves. To change what its holders may do, or to delete it, is to grant and to
/// withdraw: it takes <c>roles.grant</c>, and the holders are told.</summary>
public sealed class RoleStore(Database database, AdminAuditLog audit, SecurityNotices notices)
{
    /// <summary>A new role.</summary>
    public Task<AdminOutcome<Role>> CreateAsync(
        Operator actor,
        RoleDraft draft,
        RequestContext request,
        CancellationToken cancellationToken
    ) =>
        database.InTransactionAsync<AdminOutcome<Role>>(
            async (transaction, cancel) =>
            {
                if (
                    (
                        AdminRules.Require(actor, AdminActions.RoleCreate)
                        ?? DraftRules.Judge(draft)
                        ?? AdminRules.MayGrant(actor, PermissionsOf(draft))
                    ) is
                    { } refused
                )
                    return refused;
                var role = await transaction.QuerySingleOrDefaultAsync<Role?>(
                    $"""
                    INSERT INTO idp.roles AS r (name, client_id, description, is_administrative, permissions)
                    VALUES (@name, @client, @description, @administrative, @permissions)
                    ON CONFLICT DO NOTHING RETURNING {RoleRows.Columns}
                    """,
                    RoleRows.Map,
                    cancel,
                    [.. Parameters(draft), ("administrative", draft.Permissions is not null)]
                );
                if (role is null)
                    return DraftRules.Taken;
                await audit.AppendAsync(
                    transaction,
                    actor,
                    AdminActions.RoleCreate,
                    null,
                    request,
                    RoleRows.Details(role),
                    cancel
                );
                return role;
            },
            cancellationToken
        );

    /// <summary>Changes a role's name, description and permissions. Its client, and whether it is administrative, never
    /// change.</summary>
    /// <param name="version">The version that the operator saw; null to skip the check.</param>
    public Task<AdminOutcome<Role>> ChangeAsync(
        Operator actor,
        Guid id,
        RoleDraft draft,
        long? version,
        RequestContext request,
        CancellationToken cancellationToken
    ) =>
        database.InTransactionAsync<AdminOutcome<Role>>(
            async (transaction, cancel) =>
            {
                if (AdminRules.Require(actor, AdminActions.RoleChange) is { } refused)
                    return refused;
                var old = await RoleRows.LockAsync(transaction, id, cancel);
                var holders = await AdministratorsAsync(transaction, old, cancel);
                if (JudgeChange(actor, old, version, holders) is { } wrong)
                    return wrong;
                var kept = draft with
                {
                    ClientId = old!.ClientId,
                    Permissions = old.IsAdministrative ? draft.Permissions ?? old.Permissions : null,
                };
                if ((DraftRules.Judge(kept) ?? AdminRules.MayGrant(actor, PermissionsOf(kept))) is { } invalid)
                    return invalid;
                var role = await transaction.QuerySingleOrDefaultAsync<Role?>(
                    $"""
                    UPDATE idp.roles r SET name = @name, description = @description, permissions = @permissions,
                        version = version + 1, updated_at = now()
                    WHERE r.id = @id AND NOT EXISTS (
                        SELECT FROM idp.roles other WHERE lower(other.name COLLATE "C") = lower(@name COLLATE "C")
                            AND other.client_id IS NOT DISTINCT FROM @client AND other.id <> r.id)
                    RETURNING {RoleRows.Columns}
                    """,
                    RoleRows.Map,
                    cancel,
                    [.. Parameters(kept), ("id", id)]
                );
                if (role is null)
                    return DraftRules.Taken;
                var details = RoleRows.Details(role);
                details["old_name"] = old.Name;
                details["old_permissions"] = old.Permissions;
                await audit.AppendAsync(transaction, actor, AdminActions.RoleChange, null, request, details, cancel);
                if (role.Permissions.Except(old.Permissions, StringComparer.Ordinal).Any())
                    await TellAsync(transaction, holders, MailKind.AdminRoleGranted, role, request, cancel);
                return role;
            },
            cancellationToken
        );

    /// <summary>Deletes a role and all its grants.</summary>
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
                if (AdminRules.Require(actor, AdminActions.RoleDelete) is { } refused)
                    return refused;
                var role = await RoleRows.LockAsync(transaction, id, cancel);
                var holders = await AdministratorsAsync(transaction, role, cancel);
                if (JudgeChange(actor, role, version, holders) is { } wrong)
                    return wrong;
                await transaction.ExecuteAsync("DELETE FROM idp.roles WHERE id = @id", cancel, ("id", id));
                await audit.AppendAsync(
                    transaction,
                    actor,
                    AdminActions.RoleDelete,
                    null,
                    request,
                    RoleRows.Details(role!),
                    cancel
                );
                await TellAsync(transaction, holders, MailKind.AdminRoleWithdrawn, role!, request, cancel);
                return AdminOutcome.Done.Instance;
            },
            cancellationToken
        );

    // Who is an administrator by this role: nobody by a role of an app.
    private static async Task<List<Guid>> AdministratorsAsync(
        DatabaseTransaction transaction,
        Role? role,
        CancellationToken cancellationToken
    ) => role is { IsAdministrative: true } ? await RoleRows.HoldersAsync(transaction, role.Id, cancellationToken) : [];

    private async Task TellAsync(
        DatabaseTransaction transaction,
        List<Guid> holders,
        MailKind mail,
        Role role,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        foreach (var holder in holders)
            await notices.QueueAsync(transaction, holder, mail, request, cancellationToken, ("role", role.Name));
    }

    private static AdminOutcome? JudgeChange(Operator actor, Role? role, long? version, List<Guid> holders)
    {
        if (role is null)
            return new AdminOutcome.NotFound();
        if (role.IsBuiltIn)
            return new AdminOutcome.Refused(AdminRule.BuiltIn, "A built-in role can't be changed or deleted.");
        if (version is { } seen && seen != role.Version)
            return new AdminOutcome.Stale();
        if (!role.IsAdministrative)
            return null;
        return AdminRules.MayGrant(actor, RoleRows.PermissionsOf(role))
            ?? (holders.Count > 0 ? AdminRules.Require(actor, AdminPermission.RolesGrant) : null)
            ?? (actor.UserId is { } self && holders.Contains(self) ? AdminRules.NotOwnRoles(actor, self) : null);
    }

    private static IEnumerable<AdminPermission> PermissionsOf(RoleDraft draft) =>
        (draft.Permissions ?? []).Select(AdminPermission.Find).OfType<AdminPermission>();

    private static (string, object?)[] Parameters(RoleDraft draft) =>
        [
            ("name", draft.Name),
            ("client", SqlNull.Text(draft.ClientId)),
            ("description", SqlNull.Text(draft.Description)),
            ("permissions", (draft.Permissions ?? []).Distinct(StringComparer.Ordinal).ToArray()),
        ];
}
