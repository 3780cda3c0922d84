using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Identity.Core.Keys;

/// <summary>Creates and reads private keys and writes their public halves.</summary>
internal static class SigningKeyMaterial
{
    private const int RsaBits = 2048;

    /// <summary>A new private key for an algorithm of the allow-list.</summary>
    public static AsymmetricAlgorithm Create(string algorithm) =>
        algorithm switch
        {
            SigningAlgorithm.ES256 => ECDsa.Create(ECCurve.NamedCurves.nistP256),
            SigningAlgorithm.RS256 or SigningAlgorithm.PS256 => RSA.Create(RsaBits),
            _ => throw new ArgumentException($"No signing key can be made for '{algorithm}'."),
        };

    /// <summary>Reads a private key from PKCS#8.</summary>
    /// <exception cref="CryptographicException">It is not a private key, or not one for this algorithm.</exception>
    public static AsymmetricAlgorithm Read(string algorithm, ReadOnlySpan<byte> pkcs8)
    {
        AsymmetricAlgorithm key = algorithm == SigningAlgorithm.ES256 ? ECDsa.Create() : RSA.Create();
        try
        {
            key.ImportPkcs8PrivateKey(pkcs8, out _);
            return key;
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    /// <summary>RFC 7638: the SHA-256 of the required members in order, so that a kid cannot be mislabelled or
    /// chosen.</summary>
    public static string Thumbprint(AsymmetricAlgorithm key) =>
        Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes("{" + Members(key) + "}")));

    /// <summary>The public half as a JWK with <c>kid</c>, <c>alg</c> and <c>use</c>.</summary>
    public static string PublicJwk(AsymmetricAlgorithm key, string algorithm) =>
        $$"""{{{Members(key)}},"use":"sig","alg":"{{algorithm}}","kid":"{{Thumbprint(key)}}"}""";

    // Every value is base64url or a constant, so nothing needs escaping.
    private static string Members(AsymmetricAlgorithm key)
    {
        if (key is ECDsa ecdsa)
        {
            var point = ecdsa.ExportParameters(includePrivateParameters: false).Q;
            return $"\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"{Base64Url.EncodeToString(point.X)}\","
                + $"\"y\":\"{Base64Url.EncodeToString(point.Y)}\"";
        }
        var rsa = ((RSA)key).ExportParameters(includePrivateParameters: false);
        return $"\"e\":\"{Base64Url.EncodeToString(rsa.Exponent)}\",\"kty\":\"RSA\","
            + $"\"n\":\"{Base64Url.EncodeToString(rsa.Modulus)}\"";
    }
}
