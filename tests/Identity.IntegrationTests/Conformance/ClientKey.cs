using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Identity.IntegrationTests.Conformance;

/// <summary>A relying party's own ES256 key: for its assertions and request objects, or for its proofs (RFC 7523, RFC
/// 9101, RFC 9449).</summary>
internal sealed class ClientKey : IDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    /// <summary>The public half.</summary>
    public JsonObject Jwk
    {
        get
        {
            var point = _key.ExportParameters(false).Q;
            return new()
            {
                ["crv"] = "P-256",
                ["kty"] = "EC",
                ["x"] = Base64Url.EncodeToString(point.X),
                ["y"] = Base64Url.EncodeToString(point.Y),
            };
        }
    }

    /// <summary>RFC 7638: these members, in this order.</summary>
    public string Thumbprint => Digest(Jwk.ToJsonString());

    /// <summary>As a client registers it.</summary>
    public string Jwks
    {
        get
        {
            var key = Jwk;
            (key["kid"], key["use"], key["alg"]) = (Thumbprint, "sig", "ES256");
            return new JsonObject { ["keys"] = new JsonArray(key) }.ToJsonString();
        }
    }

    /// <summary>Both halves, for a relying party that is another program.</summary>
    public string PrivateJwk
    {
        get
        {
            var key = Jwk;
            (key["kid"], key["d"]) = (Thumbprint, Base64Url.EncodeToString(_key.ExportParameters(true).D));
            return key.ToJsonString();
        }
    }

    /// <summary>A JWT of this key.</summary>
    public string Sign(JsonObject claims, string? type = null, Action<JsonObject>? header = null)
    {
        JsonObject head = new() { ["alg"] = "ES256", ["kid"] = Thumbprint };
        if (type is not null)
            head["typ"] = type;
        header?.Invoke(head);
        var input = $"{Encode(head)}.{Encode(claims)}";
        var signature = _key.SignData(Encoding.ASCII.GetBytes(input), HashAlgorithmName.SHA256);
        return $"{input}.{Base64Url.EncodeToString(signature)}";
    }

    /// <summary>A proof of RFC 9449 for one request.</summary>
    public string Proof(string method, string url, string? accessToken = null, string? nonce = null)
    {
        JsonObject claims = new()
        {
            ["jti"] = Guid.NewGuid().ToString("N"),
            ["htm"] = method,
            ["htu"] = url,
            ["iat"] = Now,
        };
        if (accessToken is not null)
            claims["ath"] = Digest(accessToken);
        if (nonce is not null)
            claims["nonce"] = nonce;
        return Sign(
            claims,
            "dpop+jwt",
            header =>
            {
                header.Remove("kid");
                header["jwk"] = Jwk;
            }
        );
    }

    public static long Now => TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();

    public void Dispose() => _key.Dispose();

    private static string Encode(JsonObject json) =>
        Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json.ToJsonString()));

    private static string Digest(string text) =>
        Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(text)));
}
