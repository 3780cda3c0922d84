using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Identity.Core.Primitives;

namespace Identity.Server.Protocol.Tokens.Jose;

/// <summary> A signed JWT, encrypted for one client (RFC 7516, nested as in RFC 7519 section 5.2): RSA-OAEP-256 or
/// ECDH-ES to the client's public key, and an authenticated cipher with a single-use key. Implemented here because the
/// JWT library supports neither RSA-OAEP-256 nor GCM.
/// </summary>
internal static class EncryptedJwt
{
    private const int TagBytes = 16;
    private const int GcmNonceBytes = 12;
    private const int CbcBlockBytes = 16;
    private const int FewestModulusBytes = 256;
    private const int MaxModulusBytes = 1024;

    /// <summary><c>id_token_encryption_alg_values_supported</c>.</summary>
    public static IReadOnlyList<string> Algorithms { get; } = ["RSA-OAEP-256", "ECDH-ES"];

    /// <summary><c>id_token_encryption_enc_values_supported</c>.</summary>
    public static IReadOnlyList<string> Contents { get; } = ["A128CBC-HS256", "A128GCM", "A256GCM"];

    /// <summary>The compact form; null if the key is invalid, is weak or does not fit the algorithm.</summary>
    /// <param name="jwk">The client's public key.</param>
    /// <param name="signed">The JWT to encrypt.</param>
    public static string? Encrypt(JsonElement jwk, string algorithm, string content, string signed)
    {
        try
        {
            return algorithm switch
            {
                "RSA-OAEP-256" => ToRsa(jwk, content, signed),
                "ECDH-ES" => ToCurve(jwk, content, signed),
                _ => null,
            };
        }
        catch (Exception unfit) when (unfit is CryptographicException or ArgumentException)
        {
            return null;
        }
    }

    private static string? ToRsa(JsonElement jwk, string content, string signed)
    {
        if (
            UntrustedJson.Text(jwk, "kty") != "RSA"
            || Bytes(jwk, "n") is not { Length: >= FewestModulusBytes and <= MaxModulusBytes } modulus
            || Bytes(jwk, "e") is not { Length: > 0 } exponent
        )
            return null;
        using var rsa = RSA.Create(new RSAParameters { Modulus = modulus, Exponent = exponent });
        var key = RandomNumberGenerator.GetBytes(KeyBytesOf(content));
        return EncryptContent(
            Header(jwk, "RSA-OAEP-256", content, null),
            rsa.Encrypt(key, RSAEncryptionPadding.OaepSHA256),
            key,
            content,
            signed
        );
    }

    private static string? ToCurve(JsonElement jwk, string content, string signed)
    {
        if (
            UntrustedJson.Text(jwk, "kty") != "EC"
            || CurveOf(UntrustedJson.Text(jwk, "crv")) is not { } curve
            || Bytes(jwk, "x") is not { } x
            || Bytes(jwk, "y") is not { } y
        )
            return null;
        // A point that is not on the curve is refused here, because it would allow an invalid curve attack.
        using var theirs = ECDiffieHellman.Create(
            new ECParameters
            {
                Curve = curve,
                Q = new ECPoint { X = x, Y = y },
            }
        );
        using var ours = ECDiffieHellman.Create(curve);
        var point = ours.ExportParameters(includePrivateParameters: false).Q;
        var epk = JsonSerializer.SerializeToElement(
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["kty"] = "EC",
                ["crv"] = UntrustedJson.Text(jwk, "crv")!,
                ["x"] = Base64Url.EncodeToString(point.X),
                ["y"] = Base64Url.EncodeToString(point.Y),
            }
        );
        var key = Derive(ours.DeriveRawSecretAgreement(theirs.PublicKey), content);
        return EncryptContent(Header(jwk, "ECDH-ES", content, epk), [], key, content, signed);
    }

    // Concat KDF (NIST SP 800-56A 5.8.1) as used by RFC 7518 section 4.6.2; one round of SHA-256 is as long as the
    // longest key.
    internal static byte[] Derive(byte[] secret, string content, string partyU = "", string partyV = "")
    {
        var length = KeyBytesOf(content);
        byte[] input =
        [
            .. Number(1),
            .. secret,
            .. Sized(content),
            .. Sized(partyU),
            .. Sized(partyV),
            .. Number(length * 8),
        ];
        return SHA256.HashData(input)[..length];

        static byte[] Sized(string text) => [.. Number(text.Length), .. Encoding.ASCII.GetBytes(text)];
    }

    private static string EncryptContent(string header, byte[] encryptedKey, byte[] key, string content, string signed)
    {
        var (plain, bound) = (Encoding.ASCII.GetBytes(signed), Encoding.ASCII.GetBytes(header));
        var (nonce, cipher, tag) = content == "A128CBC-HS256" ? ByCbc(key, plain, bound) : ByGcm(key, plain, bound);
        CryptographicOperations.ZeroMemory(key);
        return string.Join(
            '.',
            header,
            Base64Url.EncodeToString(encryptedKey),
            Base64Url.EncodeToString(nonce),
            Base64Url.EncodeToString(cipher),
            Base64Url.EncodeToString(tag)
        );
    }

    private static (byte[] Nonce, byte[] Cipher, byte[] Tag) ByGcm(byte[] key, byte[] plain, byte[] bound)
    {
        var (nonce, cipher, tag) = (
            RandomNumberGenerator.GetBytes(GcmNonceBytes),
            new byte[plain.Length],
            new byte[TagBytes]
        );
        using AesGcm aes = new(key, TagBytes);
        aes.Encrypt(nonce, plain, cipher, tag, bound);
        return (nonce, cipher, tag);
    }

    // RFC 7518 section 5.2.2.1: the first half of the key authenticates, the second encrypts.
    private static (byte[] Nonce, byte[] Cipher, byte[] Tag) ByCbc(byte[] key, byte[] plain, byte[] bound)
    {
        var nonce = RandomNumberGenerator.GetBytes(CbcBlockBytes);
        using var aes = Aes.Create();
        aes.Key = key[(key.Length / 2)..];
        var cipher = aes.EncryptCbc(plain, nonce, PaddingMode.PKCS7);
        var bits = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(bits, bound.Length * 8L);
        byte[] authenticated = [.. bound, .. nonce, .. cipher, .. bits];
        return (nonce, cipher, HMACSHA256.HashData(key[..(key.Length / 2)], authenticated)[..TagBytes]);
    }

    private static string Header(JsonElement jwk, string algorithm, string content, JsonElement? epk) =>
        Base64Url.EncodeToString(
            JwtClaims.Write([
                new("alg", algorithm),
                new("enc", content),
                new("cty", "JWT"),
                new("kid", UntrustedJson.Text(jwk, "kid")),
                new("epk", epk),
            ])
        );

    private static int KeyBytesOf(string content) => content == "A128GCM" ? 16 : 32;

    private static ECCurve? CurveOf(string? name) =>
        name switch
        {
            "P-256" => ECCurve.NamedCurves.nistP256,
            "P-384" => ECCurve.NamedCurves.nistP384,
            _ => null,
        };

    private static byte[] Number(int value)
    {
        var bytes = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }

    private static byte[]? Bytes(JsonElement json, string name) =>
        UntrustedJson.Text(json, name) is { } text ? SignedJwt.Decode(text) : null;
}
