using System.Security.Cryptography;

namespace Identity.Core.Logout;

/// <summary>When a failed delivery is retried: the pause doubles up to a maximum, with a random spread of a quarter, so
/// that retries do not synchronise.</summary>
public static class LogoutRetry
{
    /// <summary>The pause after an attempt.</summary>
    /// <param name="attempts">The number of attempts so far, from 1.</param>
    public static TimeSpan Pause(LogoutOptions options, int attempts)
    {
        var doubled = options.FirstPause.TotalMilliseconds * Math.Pow(2, Math.Clamp(attempts - 1, 0, 40));
        var pause = Math.Min(doubled, options.MaxPause.TotalMilliseconds);
        return TimeSpan.FromMilliseconds(pause * RandomNumberGenerator.GetInt32(750, 1251) / 1000);
    }
}
