using Identity.Core.Audit;

namespace Identity.Core.Detection;

/// <summary>The audit events of alerts.</summary>
internal static class AlertEvents
{
    public static AuditEvent Opened(Alert alert) => Measured(AuditEventTypes.SecurityAlert, AuditStatus.Pending, alert);

    public static AuditEvent Closed(Alert alert) => Measured(AuditEventTypes.AlertClosed, AuditStatus.Success, alert);

    private static AuditEvent Measured(string type, AuditStatus status, Alert alert) =>
        new(
            type,
            status,
            UserOf(alert),
            null,
            null,
            new Dictionary<string, object?>
            {
                ["alert_id"] = alert.Id,
                ["rule"] = alert.Rule,
                ["subject"] = alert.Subject,
                ["value"] = alert.Value,
                ["threshold"] = alert.Threshold,
            }
        );

    /// <summary>The person whom an alert concerns; null if it concerns none.</summary>
    public static Guid? UserOf(Alert alert) => Guid.TryParse(alert.Subject, out var user) ? user : null;
}
