using Identity.Testing;

namespace Identity.IntegrationTests.Protocol.Endpoints.Discovery;

/// <summary>RFC 8414: the same document where clients without OpenID Connect look.</summary>
public sealed class AuthorizationServerMetadataTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>
{
    private const string OpenId = "/.well-known/openid-configuration";
    private const string OAuth = "/.well-known/oauth-authorization-server";

    [Fact]
    public async Task Both_addresses_have_the_same_document_for_anybody()
    {
        await using var host = await IdentityHost.StartAsync(fixture.Database);
        using var client = host.CreateClient();
        using HttpRequestMessage request = new(HttpMethod.Get, OAuth)
        {
            Headers = { { "Origin", "https://anyone.example" } },
        };

        var (response, commands) = await host.SendCountedAsync(client, request);

        using (response)
        {
            Assert.Equal(await client.GetStringAsync(OpenId), await response.Content.ReadAsStringAsync());
            Assert.Equal((0, "public, max-age=3600"), (commands, response.Headers.CacheControl?.ToString()));
            Assert.Equal("*", response.Headers.GetValues("Access-Control-Allow-Origin").Single());
        }
    }
}
