using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using Identity.Core.Keys;

namespace Identity.Server.Protocol.Extensions.Dpop;

/// <summary> Server nonces (RFC 9449 section 8) without a store: the time of issue and an HMAC of it under a key
/// derived from the master key, so that every instance with the same master key accepts nonces of the others.
/// </summary>
internal sealed class DpopNonces(MasterKey masterKey, TimeProvider clock)
{
    /// <summary>How long a nonce is accepted.</summary>
    internal static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan Skew = TimeSpan.FromSeconds(30);
    private const int TimeBytes = 8;
    private const int TagBytes = 16;

    private readonly byte[] _key = masterKey.DeriveKey("dpop_nonce");

    /// <summary>A nonce for the <c>DPoP-Nonce</c> header.</summary>
    public string Issue()
    {
        Span<byte> nonce = stackalloc byte[TimeBytes + TagBytes];
        BinaryPrimitives.WriteInt64BigEndian(nonce, clock.GetUtcNow().ToUnixTimeSeconds());
        Tag(nonce[..TimeBytes], nonce[TimeBytes..]);
        return Base64Url.EncodeToString(nonce);
    }

    /// <summary>Whether an instance with this master key issued the nonce within <see cref="Lifetime"/>.</summary>
    public bool Accepts(string? nonce)
    {
        Span<byte> bytes = stackalloc byte[TimeBytes + TagBytes];
        if (
            nonce is not { Length: 32 }
            || !Base64Url.TryDecodeFromChars(nonce, bytes, out var read)
            || read != bytes.Length
        )
            return false;

        Span<byte> expected = stackalloc byte[TagBytes];
        Tag(bytes[..TimeBytes], expected);
        if (!CryptographicOperations.FixedTimeEquals(expected, bytes[TimeBytes..]))
            return false;

        var age = clock.GetUtcNow() - DateTimeOffset.FromUnixTimeSeconds(BinaryPrimitives.ReadInt64BigEndian(bytes));
        return age >= -Skew && age <= Lifetime;
    }

    private void Tag(ReadOnlySpan<byte> time, Span<byte> tag)
    {
        Span<byte> full = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_key, time, full);
        full[..TagBytes].CopyTo(tag);
    }
}
