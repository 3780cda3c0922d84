using System.Net;
using System.Text.Json;
using Identity.Testing;

namespace Identity.IntegrationTests.Protocol.Endpoints.Discovery;

/// <summary>OIDC Discovery 1.0, RFC 8414, RFC 7517: the documents that tell clients what is on.</summary>
public sealed class DiscoveryTests(ProtocolFixture fixture) : IClassFixture<ProtocolFixture>
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    [Fact]
    public async Task The_metadata_is_exactly_the_golden_document()
    {
        using var client = fixture.Host.CreateClient();

        var text = await client.GetStringAsync("/.well-known/openid-configuration");

        var actual = JsonSerializer
            .Serialize(JsonElement.Parse(text), Indented)
            .Replace(fixture.Host.Issuer, "https://issuer");
        var golden = await File.ReadAllTextAsync(
            Repository.PathOf("tests/Identity.IntegrationTests/Protocol/Golden/openid-configuration.json")
        );
        // To accept a change: copy this file over the golden one, and read the difference.
        await File.WriteAllTextAsync(Path.Combine(AppContext.BaseDirectory, "openid-configuration.json"), actual);
        Assert.Equal(golden.Trim(), actual.Trim());
    }

    [Theory]
    [InlineData("/.well-known/openid-configuration")]
    [InlineData("/.well-known/jwks.json")]
    public async Task It_may_be_cached_by_anyone_read_by_any_script_and_costs_no_SQL(string path)
    {
        using var client = fixture.Host.CreateClient();
        using HttpRequestMessage request = new(HttpMethod.Get, path)
        {
            Headers = { { "Origin", "https://anyone.example" } },
        };

        var (response, commands) = await fixture.Host.SendCountedAsync(client, request);

        using (response)
        {
            Assert.Equal(0, commands);
            Assert.Equal("public, max-age=3600", response.Headers.CacheControl?.ToString());
            Assert.Equal("*", response.Headers.GetValues("Access-Control-Allow-Origin").Single());
        }
    }

    [Fact]
    public async Task The_key_set_has_public_halves_only_one_of_each_algorithm()
    {
        using var client = fixture.Host.CreateClient();

        var keys = JsonElement
            .Parse(await client.GetStringAsync("/.well-known/jwks.json"))
            .GetProperty("keys")
            .EnumerateArray()
            .ToArray();

        Assert.Equal(["ES256", "RS256"], keys.Select(key => key.GetProperty("alg").GetString()).Distinct().Order());
        string[] secret = ["d", "p", "q", "dp", "dq", "qi", "k"];
        Assert.All(keys, key => Assert.DoesNotContain(key.EnumerateObject(), member => secret.Contains(member.Name)));
    }

    [Fact]
    public async Task The_host_header_does_not_change_the_issuer()
    {
        using var client = fixture.Host.CreateClient();
        using HttpRequestMessage request = new(HttpMethod.Get, "/.well-known/openid-configuration")
        {
            Headers = { Host = "evil.example" },
        };

        using var response = await client.SendAsync(request);

        // Hosting may refuse the host before; what must not be is an answer in its name.
        Assert.DoesNotContain("evil.example", await response.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("https://app.example", true)]
    [InlineData("https://spa.example", true)]
    [InlineData("https://evil.example", false)]
    [InlineData("null", false)]
    public async Task Scripts_of_clients_alone_may_call_the_token_endpoint(string origin, bool allowed)
    {
        using var client = fixture.Host.CreateClient();
        using HttpRequestMessage preflight = new(HttpMethod.Options, "/connect/token")
        {
            Headers = { { "Origin", origin }, { "Access-Control-Request-Method", "POST" } },
        };

        using var response = await client.SendAsync(preflight);

        Assert.Equal(
            allowed,
            response.Headers.TryGetValues("Access-Control-Allow-Origin", out var values) && values.Single() == origin
        );
        Assert.False(response.Headers.Contains("Access-Control-Allow-Credentials"));
    }
}
