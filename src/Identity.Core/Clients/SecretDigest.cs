using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Identity.Core.Clients;

/// <summary>The SHA-256 of a client secret as text. It is written in base64url, and read in the forms that common tools
/// print: hexadecimal (sha256sum), base64 (openssl) and base64url, with or without padding.</summary>
public static class SecretDigest
{
    /// <summary>The value of <c>Secrets:0:Sha256</c> for this secret.</summary>
    public static string Of(string secret) => Base64Url.EncodeToString(ClientSecrets.Digest(secret));

    /// <summary>Reads a digest in any of these forms, which differ in length. False for anything else.</summary>
    public static bool TryRead(string? text, [NotNullWhen(true)] out byte[]? digest)
    {
        digest = text?.Trim() switch
        {
            { Length: 2 * SHA256.HashSizeInBytes } hex when hex.All(char.IsAsciiHexDigit) => Convert.FromHexString(hex),
            { Length: 43 or 44 } base64 => ReadBase64(base64.Replace('+', '-').Replace('/', '_')),
            _ => null,
        };
        return digest is not null;
    }

    private static byte[]? ReadBase64(string text) =>
        Base64Url.IsValid(text, out var length) && length == SHA256.HashSizeInBytes
            ? Base64Url.DecodeFromChars(text)
            : null;
}
