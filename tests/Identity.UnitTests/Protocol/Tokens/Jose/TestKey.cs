using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Identity.Core.Clients;
using Identity.Server.Protocol.Tokens.Jose;
using Identity.Server.Protocol.Tokens.Signing;
using Microsoft.Extensions.Configuration;

namespace Identity.UnitTests.Protocol.Tokens.Jose;

/// <summary>A client's key pair for tests: signs JWTs and publishes itself as a JWK.</summary>
internal sealed class TestKey(string keyId) : IJwtSigner, IDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public string Jwk
    {
        get
        {
            var point = _key.ExportParameters(false).Q;
            var (x, y) = (Base64Url.EncodeToString(point.X), Base64Url.EncodeToString(point.Y));
            return $$"""{"kty":"EC","crv":"P-256","kid":"{{keyId}}","use":"sig","x":"{{x}}","y":"{{y}}"}""";
        }
    }

    public string Jwks => $$"""{"keys":[{"kty":"oct"},{{Jwk}}]}""";

    public string Sign(
        JsonObject claims,
        string algorithm = "ES256",
        string? type = "JWT",
        Action<JsonObject>? change = null
    )
    {
        var header = new JsonObject { ["alg"] = algorithm, ["kid"] = keyId };
        if (type is not null)
            header["typ"] = type;
        change?.Invoke(header);
        var signed = $"{Encode(header.ToJsonString())}.{Encode(claims.ToJsonString())}";
        var signature = _key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256);
        return $"{signed}.{Base64Url.EncodeToString(signature)}";
    }

    public string? TrySign(string algorithm, string type, ReadOnlySpan<byte> claims) =>
        Sign((JsonObject)JsonNode.Parse(claims)!, algorithm, type);

    public void Dispose() => _key.Dispose();

    /// <summary>The claims of a JWT that this key must have signed.</summary>
    public JsonElement Verify(string jwt, string type)
    {
        using var read = SignedJwt.Read(jwt, 10_000) ?? throw new InvalidOperationException("No JWT.");
        using var jwk = JsonDocument.Parse(Jwk);
        Assert.True(read.IsSignedBy(PublicJwk.Read(jwk.RootElement, "ES256")!));
        Assert.Equal(type, read.Type);
        return read.Claims.Clone();
    }

    private static string Encode(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));
}

/// <summary>Clients read from configuration as the product reads them.</summary>
internal static class ProtocolClients
{
    public static Client Read(params (string Name, string? Value)[] settings)
    {
        List<string> failures = [];
        var (clients, _) = Configure(failures, settings);
        Assert.Empty(failures);
        return Assert.Single(clients);
    }

    public static IReadOnlyList<string> Failures(params (string Name, string? Value)[] settings)
    {
        List<string> failures = [];
        Configure(failures, settings);
        return failures;
    }

    private static (IReadOnlyList<Client> Clients, IReadOnlyList<ApiScope> Scopes) Configure(
        List<string> failures,
        (string Name, string? Value)[] settings
    )
    {
        var values = settings.ToDictionary(
            static setting => "Identity:Clients:app:" + setting.Name,
            static setting => setting.Value
        );
        values.TryAdd("Identity:Clients:app:RedirectUris:0", "https://app.example/cb");
        return ConfiguredClients.Read(new ConfigurationBuilder().AddInMemoryCollection(values).Build(), [], failures);
    }
}

internal sealed class SetClock(DateTimeOffset now) : TimeProvider
{
    public DateTimeOffset Now { get; set; } = now;

    public override DateTimeOffset GetUtcNow() => Now;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Now.Ticks;
}
