using System.Diagnostics.Metrics;
using Identity.Core.Primitives;

namespace Identity.Core.Passwords;

/// <summary>How long people wait for a turn to hash: the first sign that the machine is too small for its sign-ins
/// (DO-1).</summary>
internal static class HashMetrics
{
    private static readonly Histogram<double> Wait = IdentityMeter.Instance.CreateHistogram<double>(
        "identity.password.wait",
        "s",
        "Waiting for a turn to hash a password."
    );

    /// <param name="elapsed">How long it took to get a turn, or to be sent away.</param>
    /// <param name="turn">Whether there was one.</param>
    public static void Record(TimeSpan elapsed, bool turn) =>
        Wait.Record(elapsed.TotalSeconds, new KeyValuePair<string, object?>("result", turn ? "turn" : "busy"));
}
