using Identity.Core.Audit;

namespace Identity.Core.Administration;

/// <summary>Actions on webhooks.</summary>
public static partial class AdminActions
{
    private const string NoPage =
        "Whoever runs the receiving system sets it up, with a command and the secret at hand.";

    public static AdminAction WebhookList { get; } =
        new(
            "webhook.list",
            AdminPermission.WebhooksRead,
            null,
            AdminFace.None(NoPage),
            AdminFace.None(NoPage),
            AdminFace.At("webhooks list")
        );

    public static AdminAction WebhookDeliveries { get; } =
        new(
            "webhook.deliveries",
            AdminPermission.WebhooksRead,
            null,
            AdminFace.None(NoPage),
            AdminFace.None(NoPage),
            AdminFace.At("webhooks deliveries")
        );

    public static AdminAction WebhookCreate { get; } =
        new(
            "webhook.create",
            AdminPermission.WebhooksWrite,
            AuditEventTypes.WebhookAdded,
            AdminFace.None(NoPage),
            AdminFace.None(NoPage),
            AdminFace.At("webhooks add")
        )
        {
            NeedsProof = true,
        };

    public static AdminAction WebhookChange { get; } =
        new(
            "webhook.change",
            AdminPermission.WebhooksWrite,
            AuditEventTypes.WebhookChanged,
            AdminFace.None(NoPage),
            AdminFace.None(NoPage),
            AdminFace.At("webhooks enable")
        );

    public static AdminAction WebhookRemove { get; } =
        new(
            "webhook.remove",
            AdminPermission.WebhooksWrite,
            AuditEventTypes.WebhookRemoved,
            AdminFace.None(NoPage),
            AdminFace.None(NoPage),
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
            AdminFace.None(NoPage),
            AdminFace.None(NoPage),
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
            AdminFace.None(NoPage),
            AdminFace.None(NoPage),
            AdminFace.At("webhooks test")
        );

    public static AdminAction WebhookReplay { get; } =
        new(
            "webhook.replay",
            AdminPermission.WebhooksWrite,
            AuditEventTypes.WebhookReplayed,
            AdminFace.None(NoPage),
            AdminFace.None(NoPage),
            AdminFace.At("webhooks replay")
        );

    private static AdminAction[] Webhooks =>
        [
            WebhookList,
            WebhookDeliveries,
            WebhookCreate,
            WebhookChange,
            WebhookRemove,
            WebhookRotate,
            WebhookTest,
            WebhookReplay,
        ];
}
