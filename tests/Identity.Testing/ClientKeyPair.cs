using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Identity.Testing;

/// <summary>The key pair of a client: publishes its public half, and signs assertions (RFC 7523) and request objects
/// (RFC 9101) by the machine's clock.</summary>
public sealed class ClientKeyPair(string keyId) : IDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    /// <summary>The value of <c>client_assertion_type</c>.</summary>
    public const string AssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

    public string Jwks
    {
        get
        {
            var point = _key.ExportParameters(false).Q;
            var (x, y) = (Base64Url.EncodeToString(point.X), Base64Url.EncodeToString(point.Y));
            return $$"""{"keys":[{"kty":"EC","crv":"P-256","use":"sig","kid":"{{keyId}}","x":"{{x}}","y":"{{y}}"}]}""";
        }
    }

    /// <summary>The private half, for a client that signs by itself.</summary>
    public string PrivatePem => _key.ExportPkcs8PrivateKeyPem();

    /// <summary>An assertion that has everything; <paramref name="change"/> spoils it.</summary>
    public string Assertion(string clientId, string audience, Action<JsonObject>? change = null)
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        JsonObject claims = new()
        {
            ["iss"] = clientId,
            ["sub"] = clientId,
            ["aud"] = audience,
            ["exp"] = now + 60,
            ["iat"] = now,
            ["jti"] = Guid.NewGuid().ToString(),
        };
        change?.Invoke(claims);
        return Sign(claims);
    }

    /// <summary>A request object with these parameters; <paramref name="change"/> spoils it.</summary>
    public string RequestObject(
        string clientId,
        string audience,
        IEnumerable<KeyValuePair<string, string>> parameters,
        Action<JsonObject>? change = null
    )
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        JsonObject claims = new()
        {
            ["iss"] = clientId,
            ["client_id"] = clientId,
            ["aud"] = audience,
            ["nbf"] = now - 5,
            ["exp"] = now + 300,
        };
        foreach (var (name, value) in parameters)
            claims[name] = value;
        change?.Invoke(claims);
        return Sign(claims, "oauth-authz-req+jwt");
    }

    public string Sign(JsonObject claims, string type = "JWT", string algorithm = "ES256")
    {
        JsonObject header = new()
        {
            ["alg"] = algorithm,
            ["typ"] = type,
            ["kid"] = keyId,
        };
        return SignText(header.ToJsonString(), claims.ToJsonString());
    }

    /// <summary>A JWT of texts that need not be JSON, properly signed: for what nobody sends by accident.</summary>
    public string SignText(string header, string claims)
    {
        var signed = $"{Encode(header)}.{Encode(claims)}";
        var signature = _key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256);
        return $"{signed}.{Base64Url.EncodeToString(signature)}";
    }

    public void Dispose() => _key.Dispose();

    private static string Encode(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));
}
