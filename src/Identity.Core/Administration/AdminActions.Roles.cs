using Identity.Core.Audit;

namespace Identity.Core.Administration;

/// <summary>Actions on roles and groups.</summary>
public static partial class AdminActions
{
    private const string NoPage = "The console has no page for it: the command does it.";
    private const string NoApi = "There is no administration API: the command does it.";

    public static AdminAction RoleList { get; } =
        new(
            "role.list",
            AdminPermission.RolesRead,
            null,
            AdminFace.None(NoPage),
            AdminFace.None(NoApi),
            AdminFace.At("roles list")
        );

    public static AdminAction RoleCreate { get; } =
        new(
            "role.create",
            AdminPermission.RolesWrite,
            AuditEventTypes.RoleCreated,
            AdminFace.None(NoPage),
            AdminFace.None(NoApi),
            AdminFace.At("roles add")
        );

    public static AdminAction RoleChange { get; } =
        new(
            "role.change",
            AdminPermission.RolesWrite,
            AuditEventTypes.RoleChanged,
            AdminFace.None(NoPage),
            AdminFace.None(NoApi),
            AdminFace.At("roles change")
        );

    public static AdminAction RoleDelete { get; } =
        new(
            "role.delete",
            AdminPermission.RolesWrite,
            AuditEventTypes.RoleDeleted,
            AdminFace.None(NoPage),
            AdminFace.None(NoApi),
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
            AdminFace.None(NoPage),
            AdminFace.None(NoApi),
            AdminFace.At("roles grant")
        );

    public static AdminAction RoleWithdraw { get; } =
        new(
            "role.withdraw",
            AdminPermission.RolesGrant,
            AuditEventTypes.RoleWithdrawn,
            AdminFace.None(NoPage),
            AdminFace.None(NoApi),
            AdminFace.At("roles withdraw")
        );

    public static AdminAction GroupList { get; } =
        new(
            "group.list",
            AdminPermission.GroupsRead,
            null,
            AdminFace.None(NoPage),
            AdminFace.None(NoApi),
            AdminFace.At("groups list")
        );

    public static AdminAction GroupCreate { get; } =
        new(
            "group.create",
            AdminPermission.GroupsWrite,
            AuditEventTypes.GroupCreated,
            AdminFace.None(NoPage),
            AdminFace.None(NoApi),
            AdminFace.At("groups add")
        );

    public static AdminAction GroupChange { get; } =
        new(
            "group.change",
            AdminPermission.GroupsWrite,
            AuditEventTypes.GroupChanged,
            AdminFace.None(NoPage),
            AdminFace.None(NoApi),
            AdminFace.At("groups change")
        );

    public static AdminAction GroupDelete { get; } =
        new(
            "group.delete",
            AdminPermission.GroupsWrite,
            AuditEventTypes.GroupDeleted,
            AdminFace.None(NoPage),
            AdminFace.None(NoApi),
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
            AdminFace.None(NoPage),
            AdminFace.None(NoApi),
            AdminFace.At("groups add-member")
        );

    public static AdminAction GroupRemoveMember { get; } =
        new(
            "group.remove_member",
            AdminPermission.GroupsWrite,
            AuditEventTypes.GroupMemberRemoved,
            AdminFace.None(NoPage),
            AdminFace.None(NoApi),
            AdminFace.At("groups remove-member")
        );

    public static AdminAction GroupGrantRole { get; } =
        new(
            "group.grant_role",
            AdminPermission.RolesGrant,
            AuditEventTypes.RoleGranted,
            AdminFace.None(NoPage),
            AdminFace.None(NoApi),
            AdminFace.At("groups grant")
        );

    public static AdminAction GroupWithdrawRole { get; } =
        new(
            "group.withdraw_role",
            AdminPermission.RolesGrant,
            AuditEventTypes.RoleWithdrawn,
            AdminFace.None(NoPage),
            AdminFace.None(NoApi),
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
