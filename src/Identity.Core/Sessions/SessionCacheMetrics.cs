using System.Diagnostics.Metrics;
using Identity.Core.Primitives;

namespace Identity.Core.Sessions;

/// <summary>Counts the lookups in the cache: shows what it saves.</summary>
internal static class SessionCacheMetrics
{
    private static readonly Counter<long> Lookups = IdentityMeter.Instance.CreateCounter<long>(
        "identity.session_cache.lookups",
        "{lookup}",
        "Lookups in the cache of sessions, by whether the entry could be used."
    );

    public static void Count(bool found) =>
        Lookups.Add(1, new KeyValuePair<string, object?>("result", found ? "hit" : "miss"));
}
