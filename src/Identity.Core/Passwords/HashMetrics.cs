using System.Diagnostics.Metrics;
using Identity.Core.Primitives;

namespace Identity.Core.Passwords;

/// <summary>Measures how long people wait for a password hash, including the queue: the first sign that the machine is
/// too small for its sign-ins (DO-1).</summary>
internal static class HashMetrics
{
    private static readonly Histogram<double> Wait = IdentityMeter.Instance.CreateHistogram<double>(
        "identity.password.wait",
        "s",
        "Waiting for a password to be hashed."
    );

    /// <param name="elapsed">The time until the hash was done or refused.</param>
    /// <param name="turn">Whether it was hashed.</param>
    public static void Record(TimeSpan elapsed, bool turn) =>
        Wait.Record(elapsed.TotalSeconds, new KeyValuePair<string, object?>("result", turn ? "turn" : "busy"));
}
