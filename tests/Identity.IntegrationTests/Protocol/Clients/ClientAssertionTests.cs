using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Identity.Core.Clients;
using Identity.Core.Grants;
using Identity.Core.Keys;
using Identity.Server.Protocol.Clients.Assertions;
using Identity.Server.Protocol.Engine;
using Identity.Server.Protocol.Extensions.Dpop;
using Identity.Server.Protocol.Tokens.KeySets;
using Identity.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Identity.IntegrationTests.Protocol.Clients;

/// <summary>private_key_jwt (RFC 7523, OIDC Core 9) and DPoP's last word, with the replay guard of a real
/// database.</summary>
public sealed class ClientAssertionTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>, IDisposable
{
    private const string Issuer = "https://id.example";
    private const string TokenEndpoint = "https://id.example/connect/token";
    private static readonly string[] Endpoints = [TokenEndpoint];

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly JwksFetcher _fetcher = new(System.Net.IPAddress.IsLoopback);
    private readonly MovableClock _clock = new();

    public void Dispose()
    {
        _key.Dispose();
        _fetcher.Dispose();
    }

    [Theory]
    [InlineData("web", Issuer)]
    [InlineData("web", TokenEndpoint)]
    [InlineData("fapi", Issuer)]
    public async Task A_good_assertion_authenticates_once_on_all_instances(string client, string audience)
    {
        var assertion = Sign(Claims(client, claims => claims["aud"] = audience));
        var reader = await ReaderAsync();

        var results = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(_ => reader.ReadAsync(assertion, client, Endpoints, default))
        );

        Assert.Equal(client, Assert.Single(results.OfType<ClientAssertionResult.Valid>()).Client.Id);
        Assert.Equal(
            19,
            results
                .OfType<ClientAssertionResult.Invalid>()
                .Count(static refused => refused.Reason.Contains("used before", StringComparison.Ordinal))
        );
    }

    [Theory]
    [InlineData("web", "iss", "\"other\"")]
    [InlineData("web", "sub", "\"other\"")]
    [InlineData("web", "sub", null)]
    [InlineData("web", "aud", null)]
    [InlineData("web", "aud", "\"https://evil.example\"")]
    [InlineData("web", "aud", "[\"https://id.example\",\"https://evil.example\"]")]
    [InlineData("fapi", "aud", "\"https://id.example/connect/token\"")]
    [InlineData("fapi", "aud", "[\"https://id.example\"]")]
    [InlineData("web", "exp", null)]
    [InlineData("web", "exp", "-60")]
    [InlineData("web", "exp", "3700")]
    [InlineData("fapi", "exp", "400")]
    [InlineData("web", "nbf", "60")]
    [InlineData("web", "iat", "60")]
    [InlineData("web", "iat", "\"now\"")]
    [InlineData("web", "jti", null)]
    [InlineData("web", "jti", "\"\"")]
    public async Task An_assertion_that_says_something_wrong_is_refused_and_uses_nothing_up(
        string client,
        string claim,
        string? json
    )
    {
        var jti = Guid.NewGuid().ToString();
        var claims = Claims(
            client,
            claims =>
            {
                claims["jti"] = jti;
                claims.Remove(claim);
                if (json is not null)
                    claims[claim] = int.TryParse(json, out var seconds)
                        ? _clock.Now.ToUnixTimeSeconds() + seconds
                        : JsonNode.Parse(json);
            }
        );
        var reader = await ReaderAsync();

        Assert.IsType<ClientAssertionResult.Invalid>(await reader.ReadAsync(Sign(claims), null, Endpoints, default));
        if (claim != "jti")
            Assert.IsType<ClientAssertionResult.Valid>(
                await reader.ReadAsync(Sign(Claims(client, claims => claims["jti"] = jti)), null, Endpoints, default)
            );
    }

    [Fact]
    public async Task Another_client_method_key_algorithm_or_kind_of_JWT_is_refused()
    {
        var reader = await ReaderAsync();
        using var stranger = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        (string? Assertion, string? ClientId)[] bad =
        [
            (Sign(Claims("web")), "fapi"),
            (Sign(Claims("spa")), null),
            (Sign(Claims("unknown")), null),
            (Sign(Claims("web"), stranger), null),
            (Sign(Claims("web"), algorithm: "none"), null),
            (Sign(Claims("web"), algorithm: "HS256"), null),
            (Sign(Claims("web"), type: "dpop+jwt"), null),
            (Sign(Claims("web"), type: "at+jwt"), null),
            (null, null),
            ("", null),
            ("a.b.c", null),
            (new string('x', 10_000), null),
        ];

        foreach (var (assertion, clientId) in bad)
            Assert.IsType<ClientAssertionResult.Invalid>(
                await reader.ReadAsync(assertion, clientId, Endpoints, default)
            );
        Assert.IsType<ClientAssertionResult.Valid>(
            await reader.ReadAsync(Sign(Claims("web"), type: "client-authentication+jwt"), "web", Endpoints, default)
        );
    }

    [Fact]
    public async Task Keys_behind_a_url_are_kept_and_asked_for_again_when_a_key_id_is_new_but_not_at_every_nonsense()
    {
        var served = Jwks(_key, "k1");
        var requests = 0;
        await using var site = await SiteAsync(() =>
        {
            requests++;
            return served;
        });
        var reader = await ReaderAsync(site.Urls.Single() + "/jwks");
        Assert.IsType<ClientAssertionResult.Valid>(
            await reader.ReadAsync(Sign(Claims("remote")), null, Endpoints, default)
        );
        Assert.IsType<ClientAssertionResult.Valid>(
            await reader.ReadAsync(Sign(Claims("remote")), null, Endpoints, default)
        );
        Assert.Equal(1, requests);

        using var next = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        served = Jwks(next, "k2");
        for (var i = 0; i < 10; i++)
            Assert.IsType<ClientAssertionResult.Invalid>(
                await reader.ReadAsync(Sign(Claims("remote"), next, keyId: "k2"), null, Endpoints, default)
            );
        Assert.Equal(1, requests);
        _clock.Now += TimeSpan.FromSeconds(31);
        Assert.IsType<ClientAssertionResult.Valid>(
            await reader.ReadAsync(Sign(Claims("remote"), next, keyId: "k2"), null, Endpoints, default)
        );
        Assert.Equal(2, requests);

        served = "no JSON";
        _clock.Now += TimeSpan.FromMinutes(1);
        Assert.IsType<ClientAssertionResult.Valid>(
            await reader.ReadAsync(Sign(Claims("remote"), next, keyId: "k2"), null, Endpoints, default)
        );
    }

    [Fact]
    public async Task RFC_9449_a_proof_binds_once_must_be_by_the_bound_key_and_may_be_asked_for_a_nonce()
    {
        var nonces = new DpopNonces(new MasterKey(RandomNumberGenerator.GetBytes(32)), _clock);
        var validator = new DpopValidator(
            new DpopProofReader(nonces, _clock),
            nonces,
            new ReplayGuard(fixture.Database.Database)
        );
        var request = new DpopRequest("POST", new Uri(TokenEndpoint), null, RequireNonce: false);

        Assert.IsType<DpopOutcome.Absent>(await validator.ValidateAsync([], request, new(false, null), default));
        Assert.IsType<DpopOutcome.Refused>(await validator.ValidateAsync([], request, new(true, null), default));
        Assert.IsType<DpopOutcome.Refused>(await validator.ValidateAsync([], request, new(false, "bound"), default));
        var proof = Proof();
        Assert.True(
            Assert
                .IsType<DpopOutcome.Refused>(
                    await validator.ValidateAsync([proof], request, new(false, "other"), default)
                )
                .KeyMismatch
        );
        var outcomes = await Task.WhenAll(
            Enumerable.Range(0, 10).Select(_ => validator.ValidateAsync([proof], request, new(true, null), default))
        );
        var bound = Assert.Single(outcomes.OfType<DpopOutcome.Bound>());
        Assert.Equal(9, outcomes.OfType<DpopOutcome.Refused>().Count());

        var needed = Assert.IsType<DpopOutcome.NonceNeeded>(
            await validator.ValidateAsync([Proof()], request with { RequireNonce = true }, new(true, null), default)
        );
        Assert.Equal(
            bound,
            await validator.ValidateAsync(
                [Proof(needed.Nonce)],
                request with
                {
                    RequireNonce = true,
                },
                new(true, bound.Thumbprint),
                default
            )
        );
    }

    private async Task<ClientAssertionReader> ReaderAsync(string jwksUri = "https://keys.example/jwks")
    {
        var settings = new Dictionary<string, string?>
        {
            ["Identity:Clients:web:TokenEndpointAuthMethod"] = "private_key_jwt",
            ["Identity:Clients:web:Jwks"] = Jwks(_key, "k1"),
            ["Identity:Clients:fapi:Profile"] = "Fapi2",
            ["Identity:Clients:fapi:Jwks"] = Jwks(_key, "k1"),
            ["Identity:Clients:spa:Profile"] = "Spa",
            ["Identity:Clients:spa:Jwks"] = Jwks(_key, "k1"),
            ["Identity:Clients:remote:TokenEndpointAuthMethod"] = "private_key_jwt",
            ["Identity:Clients:remote:JwksUri"] = jwksUri,
        };
        foreach (var id in new[] { "web", "fapi", "spa", "remote" })
            settings[$"Identity:Clients:{id}:RedirectUris:0"] = "https://app.example/cb";
        var registry = new ClientRegistry(
            new ConfigurationBuilder().AddInMemoryCollection(settings).Build(),
            fixture.Database.Database,
            NullLogger<ClientRegistry>.Instance
        );
        await registry.LoadAsync(strict: true, default);
        return new(
            registry,
            new ClientKeys(_fetcher, _clock),
            new ReplayGuard(fixture.Database.Database),
            TestIssuer.Of(Issuer),
            _clock
        );
    }

    private JsonObject Claims(string client, Action<JsonObject>? change = null)
    {
        var claims = new JsonObject
        {
            ["iss"] = client,
            ["sub"] = client,
            ["aud"] = Issuer,
            ["exp"] = _clock.Now.ToUnixTimeSeconds() + 60,
            ["jti"] = Guid.NewGuid().ToString(),
        };
        change?.Invoke(claims);
        return claims;
    }

    private string Proof(string? nonce = null)
    {
        var claims = new JsonObject
        {
            ["jti"] = Guid.NewGuid().ToString(),
            ["htm"] = "POST",
            ["htu"] = TokenEndpoint,
            ["iat"] = _clock.Now.ToUnixTimeSeconds(),
        };
        if (nonce is not null)
            claims["nonce"] = nonce;
        return Sign(claims, type: "dpop+jwt", jwk: JsonNode.Parse(Jwks(_key, "k1"))!["keys"]![0]!.DeepClone());
    }

    private string Sign(
        JsonObject claims,
        ECDsa? key = null,
        string algorithm = "ES256",
        string type = "JWT",
        string keyId = "k1",
        JsonNode? jwk = null
    )
    {
        var header = new JsonObject
        {
            ["alg"] = algorithm,
            ["typ"] = type,
            ["kid"] = keyId,
        };
        if (jwk is not null)
            header["jwk"] = jwk;
        var signed = $"{Encode(header)}.{Encode(claims)}";
        var signature = (key ?? _key).SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256);
        return $"{signed}.{Base64Url.EncodeToString(signature)}";
    }

    private static string Encode(JsonObject json) =>
        Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json.ToJsonString()));

    private static string Jwks(ECDsa key, string keyId)
    {
        var point = key.ExportParameters(false).Q;
        var (x, y) = (Base64Url.EncodeToString(point.X), Base64Url.EncodeToString(point.Y));
        return $$"""{"keys":[{"kty":"EC","crv":"P-256","kid":"{{keyId}}","x":"{{x}}","y":"{{y}}"}]}""";
    }

    private static async Task<WebApplication> SiteAsync(Func<string> jwks)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.MapGet("/jwks", () => Results.Text(jwks(), "application/jwk-set+json"));
        await app.StartAsync();
        return app;
    }

    private sealed class MovableClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);

        public override DateTimeOffset GetUtcNow() => Now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;
    }
}
