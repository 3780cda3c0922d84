using System.Buffers.Binary;
using System.Security.Cryptography;
using Microsoft.IdentityModel.Tokens;

namespace Samples.Api.Dpop;

/// <summary> Nonces of this API (RFC 9449 section 9), if it requires them, so that proofs cannot be prepared in
/// advance. Each is valid for one to two <see cref="Period"/>s and is derived from a key that this instance chose at
/// its start.
/// </summary>
public sealed class DpopNonces(bool required, TimeProvider time)
{
    /// <summary>How often they change.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromMinutes(2);

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);

    /// <summary>Whether a proof must have one.</summary>
    public bool Required => required;

    /// <summary>The current nonce, for <c>DPoP-Nonce</c>.</summary>
    public string Current => Of(Now);

    /// <summary>Whether this is a valid nonce of this API; if none is required, whether none was sent.</summary>
    public bool Accepts(string? nonce) => nonce is null ? !required : nonce == Of(Now) || nonce == Of(Now - 1);

    private long Now => time.GetUtcNow().Ticks / Period.Ticks;

    private string Of(long period)
    {
        Span<byte> text = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(text, period);
        return Base64UrlEncoder.Encode(HMACSHA256.HashData(_key, text)[..16]);
    }
}
