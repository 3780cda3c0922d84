using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Identity.IntegrationTests.Conformance;

/// <summary>A JWT, taken apart. Nothing in it is true before <see cref="PublishedKeys.Verify"/> said so.</summary>
internal sealed record Jwt(JsonElement Header, JsonElement Payload, byte[] SigningInput, byte[] Signature)
{
    public static Jwt Parse(string text)
    {
        var parts = text.Split('.');
        Assert.Equal(3, parts.Length);
        return new(
            StrictJson.Read(Base64Url.DecodeFromChars(parts[0])),
            StrictJson.Read(Base64Url.DecodeFromChars(parts[1])),
            Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"),
            Base64Url.DecodeFromChars(parts[2])
        );
    }

    public string? Claim(string name) => Payload.TryGetProperty(name, out var value) ? value.ToString() : null;

    public long Seconds(string name) => Payload.GetProperty(name).GetInt64();

    public bool Has(string name) => Payload.TryGetProperty(name, out _);

    /// <summary>The one audience, whether it is written as text or as a list.</summary>
    public IReadOnlyList<string> Audiences =>
        Payload.GetProperty("aud") switch
        {
            { ValueKind: JsonValueKind.Array } list =>
            [
                .. list.EnumerateArray().Select(static value => value.GetString()!),
            ],
            var one => [one.GetString()!],
        };
}

/// <summary>The key set of the provider, and what a relying party does with it: our own arithmetic, none of the
/// product's.</summary>
internal sealed class PublishedKeys(JsonElement document)
{
    public IReadOnlyList<JsonElement> Keys { get; } = [.. document.GetProperty("keys").EnumerateArray()];

    /// <summary>Verifies by the one key that the token's header names, in the algorithm that was agreed, and in no
    /// other (RFC 8725 3.1).</summary>
    public void Verify(Jwt token, string algorithm)
    {
        Assert.Equal(algorithm, token.Header.GetProperty("alg").GetString());
        Assert.False(
            token.Header.TryGetProperty("jku", out _)
                || token.Header.TryGetProperty("jwk", out _)
                || token.Header.TryGetProperty("x5u", out _)
        );
        var id = token.Header.GetProperty("kid").GetString();
        var key = Assert.Single(Keys, key => key.GetProperty("kid").GetString() == id);
        Assert.Equal("sig", key.GetProperty("use").GetString());
        Assert.Equal(algorithm, key.GetProperty("alg").GetString());
        Assert.True(IsSignedBy(key, token, algorithm), $"The signature of {algorithm} is not that of key {id}.");
    }

    private static bool IsSignedBy(JsonElement key, Jwt token, string algorithm)
    {
        if (algorithm == "ES256")
        {
            Assert.Equal(("EC", "P-256"), (key.GetProperty("kty").GetString(), key.GetProperty("crv").GetString()));
            using var ec = ECDsa.Create(
                new ECParameters
                {
                    Curve = ECCurve.NamedCurves.nistP256,
                    Q = new() { X = Bytes(key, "x"), Y = Bytes(key, "y") },
                }
            );
            return ec.VerifyData(
                token.SigningInput,
                token.Signature,
                HashAlgorithmName.SHA256,
                DSASignatureFormat.IeeeP1363FixedFieldConcatenation
            );
        }

        Assert.Equal("RSA", key.GetProperty("kty").GetString());
        using var rsa = RSA.Create(new RSAParameters { Modulus = Bytes(key, "n"), Exponent = Bytes(key, "e") });
        Assert.True(rsa.KeySize >= 2048);
        return rsa.VerifyData(
            token.SigningInput,
            token.Signature,
            HashAlgorithmName.SHA256,
            algorithm switch
            {
                "RS256" => RSASignaturePadding.Pkcs1,
                "PS256" => RSASignaturePadding.Pss,
                _ => throw new InvalidOperationException($"No relying party of these plans agreed on {algorithm}."),
            }
        );
    }

    private static byte[] Bytes(JsonElement key, string name) =>
        Base64Url.DecodeFromChars(key.GetProperty(name).GetString());
}
