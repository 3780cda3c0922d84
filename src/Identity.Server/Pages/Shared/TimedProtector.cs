using System.Globalization;
using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;

namespace Identity.Server.Pages.Shared;

/// <summary>Protects a text for a limited time. The framework's time-limited protector uses the machine's clock, which
/// may differ between instances; this one uses the database's.</summary>
internal sealed class TimedProtector(IDataProtector protector, TimeProvider time)
{
    private const char End = '.';

    /// <summary>The protected text.</summary>
    public string Protect(string text, TimeSpan lifetime)
    {
        var ends = (time.GetUtcNow() + lifetime).ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
        return protector.Protect(ends + End + text);
    }

    /// <summary>The text; null if it is invalid or has expired.</summary>
    public string? Unprotect(string text)
    {
        try
        {
            var plain = protector.Unprotect(text);
            var cut = plain.IndexOf(End, StringComparison.Ordinal);
            return
                cut > 0
                && long.TryParse(plain.AsSpan(0, cut), NumberStyles.None, CultureInfo.InvariantCulture, out var ends)
                && ends > time.GetUtcNow().ToUnixTimeMilliseconds()
                ? plain[(cut + 1)..]
                : null;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}
