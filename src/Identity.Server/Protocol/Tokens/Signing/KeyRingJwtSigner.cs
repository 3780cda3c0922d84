using System.Buffers.Text;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using Identity.Core.Keys;

namespace Identity.Server.Protocol.Tokens.Signing;

/// <summary>Signs with the ring's current key.</summary>
internal sealed class KeyRingJwtSigner(SigningKeyRing ring) : IJwtSigner
{
    // The encoded header for a key and a type, with its dot.
    private readonly ConditionalWeakTable<SigningKey, Headers> _headers = [];

    public string? TrySign(string algorithm, string type, ReadOnlySpan<byte> claims)
    {
        if (ring.Find(algorithm) is not { } key)
            return null;
        var header = _headers.GetOrCreateValue(key).Of(key, type);
        var signature = new byte[MaxSignatureBytes];
        var signed = new byte[header.Length + Base64Url.GetEncodedLength(claims.Length)];
        header.CopyTo(signed, 0);
        Base64Url.EncodeToUtf8(claims, signed.AsSpan(header.Length));
        var length = Sign(key, signed, signature);
        return string.Create(
            signed.Length + 1 + Base64Url.GetEncodedLength(length),
            (signed, signature, length),
            static (token, parts) =>
            {
                var dot = Encoding.ASCII.GetChars(parts.signed, token);
                token[dot] = '.';
                Base64Url.EncodeToChars(parts.signature.AsSpan(0, parts.length), token[(dot + 1)..]);
            }
        );
    }

    // RSA of 4096 bits.
    private const int MaxSignatureBytes = 512;

    private static int Sign(SigningKey key, byte[] signed, byte[] signature) =>
        key.PrivateKey is ECDsa curve
            ? curve.SignData(signed, signature, HashAlgorithmName.SHA256)
            : ((RSA)key.PrivateKey).SignData(
                signed,
                signature,
                HashAlgorithmName.SHA256,
                key.Algorithm == SigningAlgorithm.PS256 ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1
            );

    private sealed class Headers
    {
        private readonly Lock _making = new();
        private volatile Dictionary<string, byte[]> _byType = new(StringComparer.Ordinal);

        public byte[] Of(SigningKey key, string type) =>
            _byType.TryGetValue(type, out var header) ? header : Add(key, type);

        private byte[] Add(SigningKey key, string type)
        {
            lock (_making)
            {
                if (_byType.TryGetValue(type, out var known))
                    return known;
                // A kid is a thumbprint and the others are constants, so nothing needs escaping.
                var json = $$"""{"alg":"{{key.Algorithm}}","typ":"{{type}}","kid":"{{key.Kid}}"}""";
                var header = Encoding.ASCII.GetBytes($"{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json))}.");
                _byType = new(_byType, StringComparer.Ordinal) { [type] = header };
                return header;
            }
        }
    }
}
