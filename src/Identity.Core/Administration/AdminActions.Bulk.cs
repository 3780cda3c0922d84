using Identity.Core.Audit;

namespace Identity.Core.Administration;

/// <summary>Actions on many people at once. Each person gets the audit row of the action on a single one.</summary>
public static partial class AdminActions
{
    public static AdminAction BulkLock { get; } =
        OfMany("lock", AdminPermission.UsersLock, AuditEventTypes.AccountLocked);

    public static AdminAction BulkUnlock { get; } =
        OfMany("unlock", AdminPermission.UsersLock, AuditEventTypes.AccountUnlocked);

    public static AdminAction BulkEndSessions { get; } =
        OfMany("end-sessions", AdminPermission.UsersSessions, AuditEventTypes.SessionRevoked);

    public static AdminAction BulkRequirePassword { get; } =
        OfMany("require-password", AdminPermission.UsersRecover, AuditEventTypes.AccountSecured) with
        {
            NeedsProof = true,
        };

    public static AdminAction BulkAddToGroup { get; } =
        OfMany("add-to-group", AdminPermission.GroupsWrite, AuditEventTypes.GroupMemberAdded);

    public static AdminAction BulkGrantRole { get; } =
        OfMany("grant-role", AdminPermission.RolesGrant, AuditEventTypes.RoleGranted);

    private static AdminAction[] Bulk =>
        [BulkLock, BulkUnlock, BulkEndSessions, BulkRequirePassword, BulkAddToGroup, BulkGrantRole];

    private static AdminAction OfMany(string verb, AdminPermission permission, string eventType) =>
        new(
            $"bulk.{verb}",
            permission,
            eventType,
            AdminFace.At("/admin/people"),
            AdminFace.At($"POST /api/v1/bulk/{verb}"),
            AdminFace.At($"bulk {verb}")
        );
}
