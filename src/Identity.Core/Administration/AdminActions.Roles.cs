using Identity.Core.Audit;

namespace Identity.Core.Administration;

/// <summary>Actions on roles and groups.</summary>
public static partial class AdminActions
{
    public static AdminAction RoleList { get; } =
        new(
            "role.list",
            AdminPermission.RolesRead,
            null,
            AdminFace.At("/admin/roles"),
            AdminFace.At("GET /api/v1/roles"),
            AdminFace.At("roles list")
        );

    public static AdminAction RoleCreate { get; } =
        new(
            "role.create",
            AdminPermission.RolesWrite,
            AuditEventTypes.RoleCreated,
            AdminFace.At("/admin/roles"),
            AdminFace.At("POST /api/v1/roles"),
            AdminFace.At("roles add")
        );

    public static AdminAction RoleChange { get; } =
        new(
            "role.change",
            AdminPermission.RolesWrite,
            AuditEventTypes.RoleChanged,
            AdminFace.At("/admin/roles/{id}"),
            AdminFace.At("PUT /api/v1/roles/{id}"),
            AdminFace.At("roles change")
        );

    public static AdminAction RoleDelete { get; } =
        new(
            "role.delete",
            AdminPermission.RolesWrite,
            AuditEventTypes.RoleDeleted,
            AdminFace.At("/admin/roles/{id}"),
            AdminFace.At("DELETE /api/v1/roles/{id}"),
            AdminFace.At("roles remove")
        )
        {
            NeedsProof = true,
        };

    public static AdminAction RoleGrant { get; } =
        new(
            "role.grant",
            AdminPermission.RolesGrant,
            AuditEventTypes.RoleGranted,
            AdminFace.At("/admin/people/{id}"),
            AdminFace.At("PUT /api/v1/users/{id}/roles/{role}"),
            AdminFace.At("roles grant")
        );

    public static AdminAction RoleWithdraw { get; } =
        new(
            "role.withdraw",
            AdminPermission.RolesGrant,
            AuditEventTypes.RoleWithdrawn,
            AdminFace.At("/admin/people/{id}"),
            AdminFace.At("DELETE /api/v1/users/{id}/roles/{role}"),
            AdminFace.At("roles withdraw")
        );

    public static AdminAction GroupList { get; } =
        new(
            "group.list",
            AdminPermission.GroupsRead,
            null,
            AdminFace.At("/admin/groups"),
            AdminFace.At("GET /api/v1/groups"),
            AdminFace.At("groups list")
        );

    public static AdminAction GroupCreate { get; } =
        new(
            "group.create",
            AdminPermission.GroupsWrite,
            AuditEventTypes.GroupCreated,
            AdminFace.At("/admin/groups"),
            AdminFace.At("POST /api/v1/groups"),
            AdminFace.At("groups add")
        );

    public static AdminAction GroupChange { get; } =
        new(
            "group.change",
            AdminPermission.GroupsWrite,
            AuditEventTypes.GroupChanged,
            AdminFace.At("/admin/groups/{id}"),
            AdminFace.At("PUT /api/v1/groups/{id}"),
            AdminFace.At("groups change")
        );

    public static AdminAction GroupDelete { get; } =
        new(
            "group.delete",
            AdminPermission.GroupsWrite,
            AuditEventTypes.GroupDeleted,
            AdminFace.At("/admin/groups/{id}"),
            AdminFace.At("DELETE /api/v1/groups/{id}"),
            AdminFace.At("groups remove")
        )
        {
            NeedsProof = true,
        };

    public static AdminAction GroupAddMember { get; } =
        new(
            "group.add_member",
            AdminPermission.GroupsWrite,
            AuditEventTypes.GroupMemberAdded,
            AdminFace.At("/admin/groups/{id}"),
            AdminFace.At("PUT /api/v1/groups/{id}/members/{user}"),
            AdminFace.At("groups add-member")
        );

    public static AdminAction GroupRemoveMember { get; } =
        new(
            "group.remove_member",
            AdminPermission.GroupsWrite,
            AuditEventTypes.GroupMemberRemoved,
            AdminFace.At("/admin/groups/{id}"),
            AdminFace.At("DELETE /api/v1/groups/{id}/members/{user}"),
            AdminFace.At("groups remove-member")
        );

    public static AdminAction GroupGrantRole { get; } =
        new(
            "group.grant_role",
            AdminPermission.RolesGrant,
            AuditEventTypes.RoleGranted,
            AdminFace.At("/admin/groups/{id}"),
            AdminFace.At("PUT /api/v1/groups/{id}/roles/{role}"),
            AdminFace.At("groups grant")
        );

    public static AdminAction GroupWithdrawRole { get; } =
        new(
            "group.withdraw_role",
            AdminPermission.RolesGrant,
            AuditEventTypes.RoleWithdrawn,
            AdminFace.At("/admin/groups/{id}"),
            AdminFace.At("DELETE /api/v1/groups/{id}/roles/{role}"),
            AdminFace.At("groups withdraw")
        );

    private static AdminAction[] Roles =>
        [
            RoleList,
            RoleCreate,
            RoleChange,
            RoleDelete,
            RoleGrant,
            RoleWithdraw,
            GroupList,
            GroupCreate,
            GroupChange,
            GroupDelete,
            GroupAddMember,
            GroupRemoveMember,
            GroupGrantRole,
            GroupWithdrawRole,
        ];
}
