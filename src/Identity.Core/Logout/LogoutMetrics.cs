using System.Diagnostics.Metrics;
using Identity.Core.Primitives;

namespace Identity.Core.Logout;

/// <summary>Counts the clients' answers to logout messages.</summary>
internal static class LogoutMetrics
{
    private static readonly Counter<long> Deliveries = IdentityMeter.Instance.CreateCounter<long>(
        "identity.logout.deliveries",
        "{attempt}",
        "Attempts to tell a client that a session is over."
    );

    public static void Count(string clientId, bool acknowledged) =>
        Deliveries.Add(
            1,
            new KeyValuePair<string, object?>("client_id", clientId),
            new("result", acknowledged ? "acknowledged" : "failed")
        );
}
