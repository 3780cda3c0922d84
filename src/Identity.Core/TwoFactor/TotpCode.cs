using System.Security.Cryptography;
using OtpNet;

namespace Identity.Core.TwoFactor;

/// <summary>TOTP as in common authenticator apps: SHA-1, six digits, steps of 30 seconds (RFC 6238). The server's time
/// counts, with one step of drift either way (MF-2).</summary>
internal static class TotpCode
{
    /// <summary>160 bits, as RFC 4226 section 4 recommends (MF-3).</summary>
    public const int SecretBytes = 20;
    private const int Digits = 6;
    private const int StepSeconds = 30;

    public static byte[] NewSecret() => RandomNumberGenerator.GetBytes(SecretBytes);

    /// <summary>Exactly six ASCII digits; .NET also accepts digits of other scripts.</summary>
    public static bool IsWellFormed(string? code) => code is { Length: Digits } && code.All(char.IsAsciiDigit);

    /// <summary>The time step of the code, or null.</summary>
    public static long? StepOf(byte[] secret, string code, DateTimeOffset now) =>
        IsWellFormed(code)
        && new Totp(secret, StepSeconds, OtpHashMode.Sha1, Digits).VerifyTotp(
            now.UtcDateTime,
            code,
            out var step,
            new VerificationWindow(1, 1)
        )
            ? step
            : null;

    /// <summary>The secret for typing: base32 in groups of four.</summary>
    public static string ManualKey(byte[] secret) =>
        string.Join(
            ' ',
            Base32Encoding.ToString(secret).TrimEnd('=').Chunk(4).Select(static group => new string(group))
        );

    /// <summary>The URI that authenticator apps read.</summary>
    public static string Uri(byte[] secret, string issuer, string account) =>
        $"otpauth://totp/{System.Uri.EscapeDataString(issuer)}:{System.Uri.EscapeDataString(account)}"
        + $"?secret={Base32Encoding.ToString(secret).TrimEnd('=')}"
        + $"&issuer={System.Uri.EscapeDataString(issuer)}&algorithm=SHA1&digits={Digits}&period={StepSeconds}";
}
