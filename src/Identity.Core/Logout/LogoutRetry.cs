using System.Security.Cryptography;

namespace Identity.Core.Logout;

/// <summary>When a failed delivery is tried again: pauses that double, up to a longest one, each spread by a quarter so
/// that instances and clients do not march in step.</summary>
public static class LogoutRetry
{
    /// <summary>The pause after an attempt.</summary>
    /// <param name="attempts">How many attempts there were, from 1.</param>
    public static TimeSpan Pause(LogoutOptions options, int attempts)
    {
        var doubled = options.FirstPause.TotalMilliseconds * Math.Pow(2, Math.Clamp(attempts - 1, 0, 40));
        var pause = Math.Min(doubled, options.MaxPause.TotalMilliseconds);
        return TimeSpan.FromMilliseconds(pause * RandomNumberGenerator.GetInt32(750, 1251) / 1000);
    }
}
