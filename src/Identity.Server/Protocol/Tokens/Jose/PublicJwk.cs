using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Identity.Core.Primitives;

namespace Identity.Server.Protocol.Tokens.Jose;

// Jose owns the encoding of signed JWTs, received and issued: which keys and algorithms are accepted, and that a text
// can be read in only one way. It does not know the meaning of claims or the owner of a key: each protocol has its own
// rules.

/// <summary>Another party's public key (RFC 7517): from a DPoP proof's <c>jwk</c> header (RFC 9449 section 4.2) or a
/// client's key set, with a type that fits its <c>alg</c>.</summary>
internal sealed class PublicJwk
{
    private static readonly string[] PrivateMembers = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

    private readonly string _algorithm;
    private readonly ECParameters _curve;
    private readonly RSAParameters _rsa;

    private PublicJwk(string algorithm, ECParameters curve, RSAParameters rsa, string thumbprintInput)
    {
        (_algorithm, _curve, _rsa) = (algorithm, curve, rsa);
        Thumbprint = Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(thumbprintInput)));
    }

    /// <summary>The accepted algorithms: asymmetric ones only (TK-1). Discovery lists them for DPoP proofs, client
    /// assertions and request objects.</summary>
    public static IReadOnlyList<string> Algorithms { get; } = ["ES256", "ES384", "PS256", "RS256"];

    /// <summary>SHA-256 thumbprint of the key (RFC 7638), base64url: <c>jkt</c>.</summary>
    public string Thumbprint { get; }

    /// <summary>Reads a key; null if it is private, symmetric, weak, malformed, or not for this algorithm.</summary>
    public static PublicJwk? Read(JsonElement jwk, string algorithm)
    {
        if (jwk.ValueKind != JsonValueKind.Object || PrivateMembers.Any(member => jwk.TryGetProperty(member, out _)))
            return null;
        return algorithm switch
        {
            "ES256" => ReadCurve(jwk, algorithm, "P-256", 32, ECCurve.NamedCurves.nistP256),
            "ES384" => ReadCurve(jwk, algorithm, "P-384", 48, ECCurve.NamedCurves.nistP384),
            "PS256" or "RS256" => ReadRsa(jwk, algorithm),
            _ => null,
        };
    }

    /// <summary>Whether the signature over these bytes is by this key.</summary>
    public bool Verifies(byte[] signed, byte[] signature)
    {
        try
        {
            if (_algorithm[0] == 'E')
            {
                using var curve = ECDsa.Create(_curve);
                return curve.VerifyData(
                    signed,
                    signature,
                    _algorithm == "ES256" ? HashAlgorithmName.SHA256 : HashAlgorithmName.SHA384
                );
            }
            using var rsa = RSA.Create(_rsa);
            return rsa.VerifyData(
                signed,
                signature,
                HashAlgorithmName.SHA256,
                _algorithm == "PS256" ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1
            );
        }
        catch (Exception unfit) when (unfit is CryptographicException or ArgumentException)
        {
            // For example a point that is not on its curve: an error of the sender.
            return false;
        }
    }

    private static PublicJwk? ReadCurve(JsonElement jwk, string algorithm, string name, int size, ECCurve curve)
    {
        if (
            UntrustedJson.Text(jwk, "kty") != "EC"
            || UntrustedJson.Text(jwk, "crv") != name
            || Bytes(jwk, "x") is not { } x
            || Bytes(jwk, "y") is not { } y
            || x.Length != size
            || y.Length != size
        )
            return null;
        var canonical =
            $"{{\"crv\":\"{name}\",\"kty\":\"EC\","
            + $"\"x\":\"{Base64Url.EncodeToString(x)}\",\"y\":\"{Base64Url.EncodeToString(y)}\"}}";
        return new(
            algorithm,
            new()
            {
                Curve = curve,
                Q = new() { X = x, Y = y },
            },
            default,
            canonical
        );
    }

    // At most 4096 bits, so that a sender cannot make verification costly.
    private static PublicJwk? ReadRsa(JsonElement jwk, string algorithm)
    {
        if (
            UntrustedJson.Text(jwk, "kty") != "RSA"
            || Bytes(jwk, "n") is not { Length: >= 256 and <= 512 } modulus
            || modulus[0] < 0x80
            || Bytes(jwk, "e") is not { Length: >= 1 and <= 4 } exponent
            || exponent[0] == 0
        )
            return null;
        var canonical =
            $"{{\"e\":\"{Base64Url.EncodeToString(exponent)}\",\"kty\":\"RSA\","
            + $"\"n\":\"{Base64Url.EncodeToString(modulus)}\"}}";
        return new(algorithm, default, new() { Modulus = modulus, Exponent = exponent }, canonical);
    }

    private static byte[]? Bytes(JsonElement json, string name) =>
        UntrustedJson.Text(json, name) is { } text ? SignedJwt.Decode(text) : null;
}
