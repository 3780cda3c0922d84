using System.Net;
using System.Text.Json;
using Identity.Core.Keys;
using Identity.Testing;
using Microsoft.Extensions.DependencyInjection;

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

    [Theory]
    [InlineData("/.well-known/openid-configuration")]
    [InlineData("/.well-known/oauth-authorization-server")]
    [InlineData("/.well-known/jwks.json")]
    public async Task Who_has_the_document_already_is_told_so_without_its_text(string path)
    {
        using var client = fixture.Host.CreateClient();
        using var first = await client.GetAsync(path);
        using HttpRequestMessage again = new(HttpMethod.Get, path)
        {
            Headers = { IfNoneMatch = { first.Headers.ETag! } },
        };
        using HttpRequestMessage other = new(HttpMethod.Get, path)
        {
            Headers = { IfNoneMatch = { new("\"another\"") } },
        };

        using var known = await client.SendAsync(again);
        using var changed = await client.SendAsync(other);

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (first.StatusCode, changed.StatusCode));
        Assert.Equal(await first.Content.ReadAsStringAsync(), await changed.Content.ReadAsStringAsync());
        Assert.Equal((HttpStatusCode.NotModified, ""), (known.StatusCode, await known.Content.ReadAsStringAsync()));
        Assert.Equal("public, max-age=3600", known.Headers.CacheControl?.ToString());
    }

    [Fact]
    public async Task A_key_that_comes_changes_the_key_set_and_its_tag_at_once()
    {
        using var client = fixture.Host.CreateClient();
        using var before = await client.GetAsync("/.well-known/jwks.json");

        var services = fixture.Host.Services;
        await services.GetRequiredService<SigningKeyRotation>().RotateAsync("ES256", activate: false, default);
        await services.GetRequiredService<SigningKeyRing>().ReloadAsync(default);

        using var after = await client.GetAsync("/.well-known/jwks.json");
        Assert.NotEqual(before.Headers.ETag, after.Headers.ETag);
        Assert.NotEqual(await before.Content.ReadAsStringAsync(), await after.Content.ReadAsStringAsync());
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
