using Identity.Core.Audit;

namespace Identity.Core.Administration;

/// <summary>Actions on the audit log, refusals, keys and logout messages.</summary>
public static partial class AdminActions
{
    public static AdminAction AuditList { get; } =
        new(
            "audit.list",
            AdminPermission.AuditRead,
            null,
            AdminFace.At("/admin/audit"),
            AdminFace.At("GET /api/v1/audit"),
            AdminFace.At("audit tail")
        );

    public static AdminAction AuditVerify { get; } =
        new(
            "audit.verify",
            AdminPermission.AuditRead,
            null,
            AdminFace.At("/admin/audit"),
            AdminFace.At("GET /api/v1/audit/verification"),
            AdminFace.At("audit verify")
        );

    public static AdminAction AuditExport { get; } =
        new(
            "audit.export",
            AdminPermission.AuditExport,
            AuditEventTypes.AuditExported,
            AdminFace.At("/admin/audit"),
            AdminFace.At("GET /api/v1/audit/export"),
            AdminFace.None("Anyone with the database credentials can export the table with PostgreSQL's own tools.")
        );

    public static AdminAction DenialList { get; } =
        new(
            "denial.list",
            AdminPermission.DenialsRead,
            null,
            AdminFace.At("/admin/denials"),
            AdminFace.At("GET /api/v1/denials"),
            AdminFace.None("The command explains one refusal by its id (explain); the log lists them.")
        );

    public static AdminAction DenialRead { get; } =
        new(
            "denial.read",
            AdminPermission.DenialsRead,
            null,
            AdminFace.At("/admin/denials"),
            AdminFace.At("GET /api/v1/denials/{id}"),
            AdminFace.At("explain")
        );

    public static AdminAction KeyList { get; } =
        new(
            "key.list",
            AdminPermission.KeysRead,
            null,
            AdminFace.At("/admin/keys"),
            AdminFace.At("GET /api/v1/keys"),
            AdminFace.At("keys list")
        );

    public static AdminAction KeyRotate { get; } =
        new(
            "key.rotate",
            AdminPermission.KeysWrite,
            AuditEventTypes.SigningKeyRotated,
            AdminFace.At("/admin/keys"),
            AdminFace.At("POST /api/v1/keys"),
            AdminFace.At("keys rotate")
        )
        {
            NeedsProof = true,
        };

    public static AdminAction KeyRetire { get; } =
        new(
            "key.retire",
            AdminPermission.KeysWrite,
            AuditEventTypes.SigningKeyRotated,
            AdminFace.At("/admin/keys"),
            AdminFace.At("DELETE /api/v1/keys/{id}"),
            AdminFace.At("keys retire")
        )
        {
            NeedsProof = true,
        };

    public static AdminAction DeliveryList { get; } =
        new(
            "delivery.list",
            AdminPermission.DeliveriesRead,
            null,
            AdminFace.At("/admin/deliveries"),
            AdminFace.At("GET /api/v1/logout-deliveries"),
            AdminFace.At("logout list")
        );

    public static AdminAction DeliveryRetry { get; } =
        new(
            "delivery.retry",
            AdminPermission.DeliveriesWrite,
            AuditEventTypes.LogoutDeliveryRetried,
            AdminFace.At("/admin/deliveries"),
            AdminFace.At("POST /api/v1/logout-deliveries/{id}/retry"),
            AdminFace.At("logout retry")
        );

    private static AdminAction[] Operations =>
        [
            AuditList,
            AuditVerify,
            AuditExport,
            DenialList,
            DenialRead,
            KeyList,
            KeyRotate,
            KeyRetire,
            DeliveryList,
            DeliveryRetry,
        ];
}
