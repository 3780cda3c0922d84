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

    private static AdminAction[] Roles => [RoleList];
}
