using System.Buffers.Text;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Identity.Testing;

/// <summary>A client's key for DPoP (RFC 9449), made by the RFC's text alone: nothing of the product helps.</summary>
public sealed class ProofKey : IDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    private (string X, string Y) Point
    {
        get
        {
            var point = _key.ExportParameters(false).Q;
            return (Base64Url.EncodeToString(point.X), Base64Url.EncodeToString(point.Y));
        }
    }

    /// <summary>RFC 7638.</summary>
    public string Thumbprint
    {
        get
        {
            var (x, y) = Point;
            return Digest($$"""{"crv":"P-256","kty":"EC","x":"{{x}}","y":"{{y}}"}""");
        }
    }

    /// <summary>A proof for a request.</summary>
    /// <param name="accessToken">The token that goes with it, for <c>ath</c>.</param>
    /// <param name="change">What to make wrong: header, then claims.</param>
    public string Proof(
        string method,
        string uri,
        string? accessToken = null,
        string? nonce = null,
        Action<JsonObject, JsonObject>? change = null
    )
    {
        var (x, y) = Point;
        JsonObject header = new()
        {
            ["typ"] = "dpop+jwt",
            ["alg"] = "ES256",
            ["jwk"] = new JsonObject
            {
                ["kty"] = "EC",
                ["crv"] = "P-256",
                ["x"] = x,
                ["y"] = y,
            },
        };
        JsonObject claims = new()
        {
            ["jti"] = Guid.NewGuid().ToString("N"),
            ["htm"] = method,
            ["htu"] = uri,
            ["iat"] = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds(),
        };
        if (accessToken is not null)
            claims["ath"] = Digest(accessToken);
        if (nonce is not null)
            claims["nonce"] = nonce;
        change?.Invoke(header, claims);
        var signed = $"{Encode(header)}.{Encode(claims)}";
        var signature = _key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256);
        return $"{signed}.{Base64Url.EncodeToString(signature)}";
    }

    /// <summary>The request with a proof that fits it.</summary>
    public HttpRequestMessage Sign(
        HttpRequestMessage request,
        string issuer,
        string? accessToken = null,
        string? nonce = null,
        Action<JsonObject, JsonObject>? change = null
    )
    {
        request.Headers.Add(
            "DPoP",
            Proof(
                request.Method.Method,
                issuer.TrimEnd('/') + request.RequestUri!.OriginalString,
                accessToken,
                nonce,
                change
            )
        );
        return request;
    }

    /// <summary>A GET with a bound token and its proof.</summary>
    public HttpRequestMessage Get(
        string path,
        string issuer,
        string accessToken,
        string? nonce = null,
        Action<JsonObject, JsonObject>? change = null
    )
    {
        HttpRequestMessage request = new(HttpMethod.Get, path)
        {
            Headers = { Authorization = new AuthenticationHeaderValue("DPoP", accessToken) },
        };
        return Sign(request, issuer, accessToken, nonce, change);
    }

    public void Dispose() => _key.Dispose();

    private static string Encode(JsonObject json) =>
        Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json.ToJsonString()));

    private static string Digest(string text) =>
        Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(text)));
}
