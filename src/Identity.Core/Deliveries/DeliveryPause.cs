using System.Security.Cryptography;

namespace Identity.Core.Deliveries;

// Deliveries owns how a message in a table reaches somebody outside: rows are claimed with SKIP LOCKED for a lease, a
// failed attempt is retried after a growing pause and given up after a time, and the row is the ledger. It knows no
// message and no table: Mail, Logout and Webhooks each bring theirs.

/// <summary>When a failed delivery is retried: the pause doubles up to a maximum, with a random spread of a quarter, so
/// that retries do not synchronise.</summary>
internal static class DeliveryPause
{
    /// <summary>The pause after an attempt.</summary>
    /// <param name="attempts">The number of attempts so far, from 1.</param>
    public static TimeSpan After(TimeSpan first, TimeSpan max, int attempts)
    {
        var doubled = first.TotalMilliseconds * Math.Pow(2, Math.Clamp(attempts - 1, 0, 40));
        var pause = Math.Min(doubled, max.TotalMilliseconds);
        return TimeSpan.FromMilliseconds(pause * RandomNumberGenerator.GetInt32(750, 1251) / 1000);
    }
}
