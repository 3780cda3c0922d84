using System.Security.Cryptography;
using System.Text;
using Identity.Core.Keys;
using Identity.Core.Primitives;

namespace Identity.Core.Grants;

/// <summary> Encrypts the successor of a refresh token for the grace window, so that only that token decrypts it
/// (OA-10). The key is derived from the presented token and the master key: neither a copy of the database with an old
/// token nor the server without one can decrypt it.
/// </summary>
internal sealed class SuccessorProtector(MasterKey master)
{
    private const string Purpose = "refresh_successor";
    private const int KeyIdBytes = 4;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private const int HeaderBytes = KeyIdBytes + NonceBytes;
    private const int KeyBytes = 32;

    /// <summary>Key id, nonce, ciphertext, tag.</summary>
    public byte[] Protect(OpaqueToken presented, OpaqueToken successor)
    {
        var ciphertext = new byte[HeaderBytes + OpaqueToken.TextLength + TagBytes];
        Convert.FromHexString(master.CurrentId, ciphertext.AsSpan(0, KeyIdBytes), out _, out _);
        RandomNumberGenerator.Fill(ciphertext.AsSpan(KeyIdBytes, NonceBytes));
        Span<byte> plain = stackalloc byte[OpaqueToken.TextLength];
        Encoding.ASCII.GetBytes(successor.Value, plain);
        using var cipher = new AesGcm(KeyOf(presented, master.CurrentId), TagBytes);
        cipher.Encrypt(
            ciphertext.AsSpan(KeyIdBytes, NonceBytes),
            plain,
            ciphertext.AsSpan(HeaderBytes, plain.Length),
            ciphertext.AsSpan(HeaderBytes + plain.Length)
        );
        return ciphertext;
    }

    /// <summary>The successor; null if this is not the token or its master key is no longer loaded.</summary>
    public string? Unprotect(OpaqueToken presented, ReadOnlySpan<byte> ciphertext)
    {
        if (ciphertext.Length != HeaderBytes + OpaqueToken.TextLength + TagBytes)
            return null;
        try
        {
            Span<byte> plain = stackalloc byte[OpaqueToken.TextLength];
            using var cipher = new AesGcm(
                KeyOf(presented, Convert.ToHexStringLower(ciphertext[..KeyIdBytes])),
                TagBytes
            );
            cipher.Decrypt(
                ciphertext.Slice(KeyIdBytes, NonceBytes),
                ciphertext.Slice(HeaderBytes, plain.Length),
                ciphertext[^TagBytes..],
                plain
            );
            return Encoding.ASCII.GetString(plain);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private byte[] KeyOf(OpaqueToken presented, string keyId) =>
        HKDF.DeriveKey(
            HashAlgorithmName.SHA256,
            Encoding.ASCII.GetBytes(presented.Value),
            KeyBytes,
            salt: master.DeriveKey(Purpose, keyId),
            info: "identity/successor"u8.ToArray()
        );
}
