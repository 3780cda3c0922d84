using System.Diagnostics.Metrics;
using Identity.Core.Primitives;

namespace Identity.Core.Webhooks;

/// <summary>Counts the answers of endpoints.</summary>
internal static class WebhookMetrics
{
    private static readonly Counter<long> Deliveries = IdentityMeter.Instance.CreateCounter<long>(
        "identity.webhooks.deliveries",
        "{attempt}",
        "Attempts to deliver an event to a webhook endpoint."
    );

    public static void Count(bool acknowledged) =>
        Deliveries.Add(1, new KeyValuePair<string, object?>("result", acknowledged ? "acknowledged" : "failed"));
}
