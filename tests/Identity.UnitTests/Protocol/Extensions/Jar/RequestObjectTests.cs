using System.Text.Json.Nodes;
using Identity.Core.Clients;
using Identity.Server.Protocol.Engine;
using Identity.Server.Protocol.Extensions.Jar;
using Identity.Server.Protocol.Tokens.KeySets;
using Identity.Testing;
using Identity.UnitTests.Protocol.Tokens.Jose;

namespace Identity.UnitTests.Protocol.Extensions.Jar;

public sealed class RequestObjectTests : IDisposable
{
    private const string Issuer = "https://id.example";
    private readonly TestKey _key = new("k1");
    private readonly SetClock _clock = new(DateTimeOffset.FromUnixTimeSeconds(1_800_000_000));
    private readonly JwksFetcher _fetcher = new(static _ => false);

    public void Dispose()
    {
        _key.Dispose();
        _fetcher.Dispose();
    }

    [Theory]
    [InlineData(null)]
    [InlineData("JWT")]
    [InlineData("oauth-authz-req+jwt")]
    [InlineData("application/oauth-authz-req+jwt")]
    public async Task RFC_9101_the_parameters_are_those_of_the_object(string? type)
    {
        var claims = Claims(static claims =>
        {
            claims["max_age"] = 60;
            claims["claims"] = new JsonObject { ["id_token"] = new JsonObject { ["acr"] = null } };
            claims["resource"] = new JsonArray("https://a.example", "https://b.example");
        });

        var result = await ReadAsync(_key.Sign(claims, type: type));

        var parameters = Assert.IsType<RequestObjectResult.Valid>(result).Parameters;
        Assert.Equal(
            [
                ("claims", """{"id_token":{"acr":null}}"""),
                ("client_id", "app"),
                ("max_age", "60"),
                ("resource", "https://a.example"),
                ("resource", "https://b.example"),
                ("response_type", "code"),
                ("scope", "openid"),
            ],
            parameters.Select(static pair => (pair.Key, pair.Value)).Order()
        );
    }

    [Theory]
    [InlineData("iss", "\"other\"")]
    [InlineData("client_id", "\"other\"")]
    [InlineData("client_id", null)]
    [InlineData("aud", "\"https://evil.example\"")]
    [InlineData("aud", null)]
    [InlineData("exp", "1799999000")]
    [InlineData("exp", "\"soon\"")]
    [InlineData("nbf", "1800000100")]
    [InlineData("sub", "\"app\"")]
    [InlineData("request", "\"x.y.z\"")]
    [InlineData("request_uri", "\"https://evil.example\"")]
    [InlineData("state", "null")]
    public async Task An_object_that_says_something_wrong_is_refused(string claim, string? json)
    {
        var claims = Claims(claims =>
        {
            claims.Remove(claim);
            if (json is not null)
                claims[claim] = JsonNode.Parse(json);
        });

        Assert.IsType<RequestObjectResult.Invalid>(await ReadAsync(_key.Sign(claims)));
    }

    [Fact]
    public async Task An_object_of_another_kind_key_or_algorithm_is_refused()
    {
        using var stranger = new TestKey("k1");
        string[] objects =
        [
            stranger.Sign(Claims()),
            _key.Sign(Claims(), type: "logout+jwt"),
            _key.Sign(Claims(), algorithm: "none"),
            _key.Sign(Claims(), algorithm: "HS256"),
            _key.Sign(Claims(), change: static header => header["crit"] = new JsonArray("x")),
            _key.Sign(Claims(), change: static header => header["kid"] = "k9"),
            _key.Sign(Claims())[..^10],
            _key.Sign(Claims()).Split('.')[0] + "..",
            "",
            new string('a', 40_000),
            "a.b.c.d",
        ];

        foreach (var text in objects)
            Assert.IsType<RequestObjectResult.Invalid>(await ReadAsync(text));
    }

    [Theory]
    [InlineData(1_799_999_900, 1_800_000_300, true)]
    [InlineData(1_799_996_000, 1_800_000_300, false)]
    [InlineData(1_800_000_000, 1_800_004_000, false)]
    [InlineData(null, 1_800_000_300, false)]
    [InlineData(1_800_000_000, null, false)]
    public async Task FAPI_2_message_signing_asks_for_both_times_and_at_most_an_hour(int? from, int? expires, bool good)
    {
        var claims = Claims(claims => (claims["nbf"], claims["exp"]) = (from, expires));
        foreach (var name in new[] { "nbf", "exp" })
        {
            if (claims[name] is null)
                claims.Remove(name);
        }

        var result = await ReadAsync(_key.Sign(claims), "Fapi2");

        Assert.Equal(good, result is RequestObjectResult.Valid);
    }

    private static JsonObject Claims(Action<JsonObject>? change = null)
    {
        var claims = new JsonObject
        {
            ["iss"] = "app",
            ["aud"] = Issuer,
            ["client_id"] = "app",
            ["response_type"] = "code",
            ["scope"] = "openid",
            ["exp"] = 1_800_000_060,
            ["jti"] = "1",
        };
        change?.Invoke(claims);
        return claims;
    }

    private async Task<RequestObjectResult> ReadAsync(string request, string profile = "Spa")
    {
        Client client = ProtocolClients.Read(("Profile", profile), ("Jwks", _key.Jwks));
        return await new RequestObjectReader(new ClientKeys(_fetcher, _clock), TestIssuer.Of(Issuer), _clock).ReadAsync(
            request,
            client,
            default
        );
    }
}
