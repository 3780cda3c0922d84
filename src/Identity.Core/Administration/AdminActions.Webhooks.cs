using Identity.Core.Audit;

namespace Identity.Core.Administration;

/// <summary>Actions on webhooks.</summary>
public static partial class AdminActions
{
    private const string WebhookPage = "/admin/webhooks/webhook";
    private const string WebhookPath = "/api/v1/webhooks/{id}";

    public static AdminAction WebhookList { get; } =
        new(
            "webhook.list",
            AdminPermission.WebhooksRead,
            null,
            AdminFace.At("/admin/webhooks"),
            AdminFace.At("GET /api/v1/webhooks"),
            AdminFace.At("webhooks list")
        );

    public static AdminAction WebhookDeliveries { get; } =
        new(
            "webhook.deliveries",
            AdminPermission.WebhooksRead,
            null,
            AdminFace.At(WebhookPage),
            AdminFace.At($"GET {WebhookPath}/deliveries"),
            AdminFace.At("webhooks deliveries")
        );

    public static AdminAction WebhookCreate { get; } =
        new(
            "webhook.create",
            AdminPermission.WebhooksWrite,
            AuditEventTypes.WebhookAdded,
            AdminFace.At("/admin/webhooks/new"),
            AdminFace.At("POST /api/v1/webhooks"),
            AdminFace.At("webhooks add")
        )
        {
            NeedsProof = true,
        };

    public static AdminAction WebhookEdit { get; } =
        new(
            "webhook.edit",
            AdminPermission.WebhooksWrite,
            AuditEventTypes.WebhookChanged,
            AdminFace.At("/admin/webhooks/edit"),
            AdminFace.At($"PUT {WebhookPath}"),
            AdminFace.At("webhooks set")
        )
        {
            NeedsProof = true,
        };

    public static AdminAction WebhookChange { get; } =
        new(
            "webhook.change",
            AdminPermission.WebhooksWrite,
            AuditEventTypes.WebhookChanged,
            AdminFace.At(WebhookPage),
            AdminFace.At($"PUT {WebhookPath}/state"),
            AdminFace.At("webhooks enable")
        );

    public static AdminAction WebhookRemove { get; } =
        new(
            "webhook.remove",
            AdminPermission.WebhooksWrite,
            AuditEventTypes.WebhookRemoved,
            AdminFace.At(WebhookPage),
            AdminFace.At($"DELETE {WebhookPath}"),
            AdminFace.At("webhooks remove")
        )
        {
            NeedsProof = true,
        };

    public static AdminAction WebhookRotate { get; } =
        new(
            "webhook.rotate",
            AdminPermission.WebhooksWrite,
            AuditEventTypes.WebhookSecretRotated,
            AdminFace.At(WebhookPage),
            AdminFace.At($"POST {WebhookPath}/secrets"),
            AdminFace.At("webhooks rotate")
        )
        {
            NeedsProof = true,
        };

    public static AdminAction WebhookTest { get; } =
        new(
            "webhook.test",
            AdminPermission.WebhooksWrite,
            AuditEventTypes.WebhookTested,
            AdminFace.At(WebhookPage),
            AdminFace.At($"POST {WebhookPath}/test"),
            AdminFace.At("webhooks test")
        );

    public static AdminAction WebhookReplay { get; } =
        new(
            "webhook.replay",
            AdminPermission.WebhooksWrite,
            AuditEventTypes.WebhookReplayed,
            AdminFace.At(WebhookPage),
            AdminFace.At($"POST {WebhookPath}/replay"),
            AdminFace.At("webhooks replay")
        );

    private static AdminAction[] Webhooks =>
        [
            WebhookList,
            WebhookDeliveries,
            WebhookCreate,
            WebhookEdit,
            WebhookChange,
            WebhookRemove,
            WebhookRotate,
            WebhookTest,
            WebhookReplay,
        ];
}
