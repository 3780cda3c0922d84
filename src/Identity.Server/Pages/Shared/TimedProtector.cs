using System.Globalization;
using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;

namespace Identity.Server.Pages.Shared;

/// <summary>Protects a text that is good for a while. The framework's time-limited protector judges by the machine's
/// clock, which another instance need not share; this one judges by the database's.</summary>
internal sealed class TimedProtector(IDataProtector protector, TimeProvider time)
{
    private const char End = '.';

    /// <summary>The protected text.</summary>
    public string Protect(string text, TimeSpan lifetime)
    {
        var ends = (time.GetUtcNow() + lifetime).ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
        return protector.Protect(ends + End + text);
    }

    /// <summary>The text; null when it is not ours or its time is over.</summary>
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
