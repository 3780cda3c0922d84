using System.Buffers.Text;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json;
using Identity.Testing;

namespace Identity.IntegrationTests.Protocol.Tokens.Jose;

/// <summary>ID tokens closed to one client (OIDC Core 10.2) and userinfo as a signed JWT (5.3.2), opened and verified
/// by npm jose.</summary>
public sealed class EncryptedAnswerTests : IAsyncLifetime
{
    private const string Callback = "https://sealed.example/callback";

    private static readonly string SigningModulus = NewModulus();

    private readonly RSA _rsa = RSA.Create(2048);
    private readonly ECDiffieHellman _curve = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
    private TestDatabase _database = null!;
    private IdentityHost _host = null!;
    private Guid _user;

    public async Task InitializeAsync()
    {
        await NodePackages.InstalledAsync();
        _database = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
        _user = await RelyingParty.CreateUserAsync(_database, "ada@example.com");
        Dictionary<string, string?> settings = new(ProtocolFixture.Settings)
        {
            ["Identity:Keys:SigningAlgorithms:0"] = "ES256",
            ["Identity:Keys:SigningAlgorithms:1"] = "RS256",
            ["Identity:Keys:SigningAlgorithms:2"] = "PS256",
        };
        Add(
            settings,
            "rsa",
            ("Jwks", Set(Rsa(privately: false))),
            ("IdTokenEncryptedResponseAlg", "RSA-OAEP-256"),
            ("IdTokenEncryptedResponseEnc", "A256GCM")
        );
        Add(
            settings,
            "rsa-cbc",
            ("Jwks", Set(Rsa(privately: false))),
            ("IdTokenEncryptedResponseAlg", "RSA-OAEP-256"),
            ("IdTokenSignedResponseAlg", "PS256")
        );
        Add(
            settings,
            "curve",
            ("Jwks", Set(Curve(privately: false))),
            ("IdTokenEncryptedResponseAlg", "ECDH-ES"),
            ("IdTokenEncryptedResponseEnc", "A128GCM"),
            ("UserinfoSignedResponseAlg", "ES256")
        );
        Add(settings, "wrong", ("Jwks", Set(Curve(privately: false))), ("IdTokenEncryptedResponseAlg", "RSA-OAEP-256"));
        _host = await IdentityHost.StartAsync(_database, settings);
    }

    public async Task DisposeAsync()
    {
        await _host.DisposeAsync();
        await _database.DisposeAsync();
        _rsa.Dispose();
        _curve.Dispose();
    }

    [Theory]
    [InlineData("rsa", "RSA-OAEP-256", "A256GCM")]
    [InlineData("rsa-cbc", "RSA-OAEP-256", "A128CBC-HS256")]
    [InlineData("curve", "ECDH-ES", "A128GCM")]
    public async Task A_client_opens_its_id_token_and_finds_ours_inside(
        string clientId,
        string algorithm,
        string content
    )
    {
        using var party = await SignedInAsync(clientId);

        var tokens = await party.GetTokensAsync();
        var said = await JoseAsync(clientId, tokens.IdToken!, null);

        Assert.Equal(5, tokens.IdToken!.Split('.').Length);
        Assert.Equal(
            (algorithm, content, "JWT", "k1"),
            (
                said.GetProperty("header").GetProperty("alg").GetString(),
                said.GetProperty("header").GetProperty("enc").GetString(),
                said.GetProperty("header").GetProperty("cty").GetString(),
                said.GetProperty("header").GetProperty("kid").GetString()
            )
        );
        Assert.Equal(_user.ToString("D"), said.GetProperty("idToken").GetProperty("sub").GetString());
        Assert.Equal(
            Base64Url.EncodeToString(
                SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(tokens.AccessToken!)).AsSpan(0, 16)
            ),
            said.GetProperty("idToken").GetProperty("at_hash").GetString()
        );
    }

    [Fact]
    public async Task A_client_without_a_fitting_key_gets_nothing_in_the_open()
    {
        using var party = await SignedInAsync("wrong");

        var tokens = await party.GetTokensAsync();

        Assert.Equal("server_error", tokens.Error);
        Assert.Null(tokens.IdToken);
        Assert.Null(tokens.AccessToken);
    }

    [Fact]
    public async Task Userinfo_is_a_signed_jwt_for_the_client_that_registered_so_and_json_for_others()
    {
        using var party = await SignedInAsync("curve");
        using var other = await SignedInAsync("rsa");
        var tokens = await party.GetTokensAsync("openid email");
        using HttpRequestMessage request = new(HttpMethod.Get, "/connect/userinfo");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", tokens.AccessToken);

        using var response = await party.Backchannel.SendAsync(request);
        var said = await JoseAsync("curve", null, await response.Content.ReadAsStringAsync());
        var plain = await other.UserInfoAsync((await other.GetTokensAsync("openid email")).AccessToken!);
        var refused = await party.UserInfoAsync("nonsense");

        Assert.Equal(
            (HttpStatusCode.OK, "application/jwt"),
            (response.StatusCode, response.Content.Headers.ContentType?.MediaType)
        );
        Assert.Equal("ES256", said.GetProperty("userInfoAlg").GetString());
        Assert.Equal(
            ["aud", "email", "email_verified", "iss", "sub"],
            said.GetProperty("userInfo").EnumerateObject().Select(static claim => claim.Name).Order()
        );
        Assert.Equal("ada@example.com", plain["email"]);
        Assert.Equal("invalid_token", refused.Error);
    }

    private async Task<RelyingParty> SignedInAsync(string clientId)
    {
        RelyingParty party = new(_host, clientId, Callback);
        await party.SignInAsync(_user);
        return party;
    }

    private async Task<JsonElement> JoseAsync(string clientId, string? idToken, string? userInfo)
    {
        var (exitCode, output) = await NodePackages.RunAsync(
            "node",
            ["encrypted.mjs"],
            new Dictionary<string, string>
            {
                ["ISSUER"] = _host.Issuer,
                ["CLIENT_ID"] = clientId,
                ["KEY"] = clientId == "curve" ? Curve(privately: true) : Rsa(privately: true),
                ["ID_TOKEN"] = idToken ?? "",
                ["USERINFO"] = userInfo ?? "",
            }
        );
        Assert.True(exitCode == 0, output);
        return JsonElement.Parse(output);
    }

    private static void Add(Dictionary<string, string?> settings, string id, params (string Name, string Value)[] more)
    {
        settings[$"Identity:Clients:{id}:Profile"] = "Web";
        settings[$"Identity:Clients:{id}:Secret"] = TestClients.Secret;
        settings[$"Identity:Clients:{id}:RedirectUris:0"] = Callback;
        settings[$"Identity:Clients:{id}:Scopes:0"] = "openid";
        settings[$"Identity:Clients:{id}:Scopes:1"] = "email";
        foreach (var (name, value) in more)
            settings[$"Identity:Clients:{id}:{name}"] = value;
    }

    // A key for signatures stands first: it must not be taken.
    private static string Set(string jwk) =>
        $$"""{"keys":[{"kty":"RSA","use":"sig","kid":"s1","n":"{{SigningModulus}}","e":"AQAB"},{{jwk}}]}""";

    private static string NewModulus()
    {
        using var key = RSA.Create(2048);
        return Text(key.ExportParameters(false).Modulus!);
    }

    private string Rsa(bool privately)
    {
        var key = _rsa.ExportParameters(privately);
        Dictionary<string, string> jwk = new()
        {
            ["kty"] = "RSA",
            ["kid"] = "k1",
            ["use"] = "enc",
            ["alg"] = "RSA-OAEP-256",
            ["n"] = Text(key.Modulus!),
            ["e"] = Text(key.Exponent!),
        };
        if (privately)
            (jwk["d"], jwk["p"], jwk["q"], jwk["dp"], jwk["dq"], jwk["qi"]) = (
                Text(key.D!),
                Text(key.P!),
                Text(key.Q!),
                Text(key.DP!),
                Text(key.DQ!),
                Text(key.InverseQ!)
            );
        return JsonSerializer.Serialize(jwk);
    }

    private string Curve(bool privately)
    {
        var key = _curve.ExportParameters(privately);
        Dictionary<string, string> jwk = new()
        {
            ["kty"] = "EC",
            ["crv"] = "P-256",
            ["kid"] = "k1",
            ["use"] = "enc",
            ["alg"] = "ECDH-ES",
            ["x"] = Text(key.Q.X!),
            ["y"] = Text(key.Q.Y!),
        };
        if (privately)
            jwk["d"] = Text(key.D!);
        return JsonSerializer.Serialize(jwk);
    }

    private static string Text(byte[] bytes) => Base64Url.EncodeToString(bytes);
}
