using Identity.Core.Audit;

namespace Identity.Core.Administration;

/// <summary>Actions on alerts and on the figures of the overview.</summary>
public static partial class AdminActions
{
    public static AdminAction AlertList { get; } =
        new(
            "alert.list",
            AdminPermission.AlertsRead,
            null,
            AdminFace.At("/admin/alerts"),
            AdminFace.At("GET /api/v1/alerts"),
            AdminFace.At("alerts list")
        );

    public static AdminAction AlertAcknowledge { get; } =
        new(
            "alert.acknowledge",
            AdminPermission.AlertsWrite,
            AuditEventTypes.AlertAcknowledged,
            AdminFace.At("/admin/alerts/alert"),
            AdminFace.At("POST /api/v1/alerts/{id}/acknowledge"),
            AdminFace.At("alerts ack")
        );

    public static AdminAction OverviewRead { get; } =
        new(
            "overview.read",
            AdminPermission.AlertsRead,
            null,
            AdminFace.At("/admin"),
            AdminFace.At("GET /api/v1/overview"),
            AdminFace.None("A shell has doctor, alerts list and the metrics.")
        );

    private static AdminAction[] Alerts => [AlertList, AlertAcknowledge, OverviewRead];
}
