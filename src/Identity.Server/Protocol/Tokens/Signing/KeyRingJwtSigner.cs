using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Identity.Core.Keys;

namespace Identity.Server.Protocol.Tokens.Signing;

/// <summary>Signs with the key that the ring says may sign now.</summary>
internal sealed class KeyRingJwtSigner(SigningKeyRing ring) : IJwtSigner
{
    public string? TrySign(string algorithm, string type, ReadOnlySpan<byte> claims)
    {
        if (ring.Find(algorithm) is not { } key)
            return null;
        // A kid is a thumbprint, the others are constants: nothing needs escaping.
        var header = $$"""{"alg":"{{key.Algorithm}}","typ":"{{type}}","kid":"{{key.Kid}}"}""";
        var signed = $"{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(header))}.{Base64Url.EncodeToString(claims)}";
        var bytes = Encoding.ASCII.GetBytes(signed);
        var signature = key.PrivateKey is ECDsa curve
            ? curve.SignData(bytes, HashAlgorithmName.SHA256)
            : ((RSA)key.PrivateKey).SignData(
                bytes,
                HashAlgorithmName.SHA256,
                key.Algorithm == SigningAlgorithm.PS256 ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1
            );
        return $"{signed}.{Base64Url.EncodeToString(signature)}";
    }
}
