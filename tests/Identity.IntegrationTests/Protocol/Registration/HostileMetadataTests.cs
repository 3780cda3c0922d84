using System.Net;
using System.Text;
using Identity.Testing;

namespace Identity.IntegrationTests.Protocol.Registration;

/// <summary>Registration metadata that is made to be stumbled over: 400, and no client stands.</summary>
public sealed class HostileMetadataTests : IAsyncLifetime
{
    // 2,048 bits.
    private static readonly string Modulus = new string('_', 340) + "_w";

    private TestDatabase _database = null!;
    private IdentityHost _host = null!;

    public async Task InitializeAsync()
    {
        _database = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
        _host = await IdentityHost.StartAsync(
            _database,
            new Dictionary<string, string?>(ProtocolFixture.Settings)
            {
                ["Identity:ClientRegistration:Enabled"] = "true",
                ["Identity:ClientRegistration:Open"] = "true",
            }
        );
    }

    public async Task DisposeAsync()
    {
        await _host.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task It_is_refused_with_an_error_of_the_RFC_and_nothing_is_stored()
    {
        const string redirect = "\"redirect_uris\":[\"https://app.example/callback\"]";
        string[] bodies =
        [
            "{" + redirect + ",\"jwks\":{\"keys\":[1]}}",
            "{" + redirect + ",\"jwks\":{\"keys\":[null]}}",
            "{" + redirect + ",\"jwks\":{\"keys\":[[]]}}",
            "{" + redirect + ",\"jwks\":{\"keys\":{}}}",
            "{" + redirect + ",\"jwks\":1}",
            "{" + redirect + ",\"jwks\":\"{}\"}",
            "{" + redirect + ",\"jwks\":{\"keys\":[{\"kty\":\"EC\",\"kid\":\"\\ud800\"}]}}",
            "{" + redirect + ",\"jwks\":{\"keys\":[{\"kty\":\"EC\",\"kid\":7}]}}",
            "{" + redirect + ",\"jwks\":{\"keys\":[{\"kty\":\"EC\",\"x\":\"\\udfff\"}]}}",
            "{" + redirect + ",\"jwks\":{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\"}]}}",
            "{" + redirect + ",\"jwks\":{\"keys\":[{\"kid\":\"no kty\"}]}}",
            "{" + redirect + ",\"jwks\":{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"*\",\"y\":\"AA\"}]}}",
            "{" + redirect + ",\"jwks\":{\"keys\":[{\"kty\":\"RSA\",\"n\":7,\"e\":\"AQAB\"}]}}",
            "{" + redirect + ",\"jwks\":{\"keys\":[{\"kty\":\"EC\",\"x\":\"\"}]}}",
            "{" + redirect + ",\"jwks\":{\"keys\":[{\"kty\":\"EC\",\"crv\":5,\"x\":\"AA\",\"y\":\"AA\"}]}}",
            "{" + redirect + ",\"jwks\":{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AQ\",\"y\":\"AQ\"}]}}",
            "{" + redirect + ",\"jwks\":{\"keys\":[{\"kty\":\"RSA\",\"n\":\"_w\",\"e\":\"AQAB\"}]}}",
            "{" + redirect + $",\"jwks\":{{\"keys\":[{{\"kty\":\"RSA\",\"n\":\"{Modulus}\",\"e\":\"AQ\"}}]}}}}",
            "{" + redirect + $",\"jwks\":{{\"keys\":[{{\"kty\":\"RSA\",\"n\":\"{Modulus}\",\"e\":\"Ag\"}}]}}}}",
            "{" + redirect + ",\"client_name\":\"\\ud800\"}",
            "{" + redirect + ",\"client_name\":\"a\\u0000b\"}",
            "{" + redirect + ",\"client_name\":\"a\\ufffeb\"}",
            "{" + redirect + ",\"client_name\":[\"a\"]}",
            "{" + redirect + ",\"\\ud800\":1}",
            "{" + redirect + ",\"default_max_age\":1e999999}",
            "{" + redirect + ",\"default_max_age\":-1}",
            "{" + redirect + "," + redirect + "}",
            "{\"redirect_uris\":[1]}",
            "{\"redirect_uris\":\"https://app.example/callback\"}",
            "{\"redirect_uris\":[\"https://a;b@app.example/\"]}",
            "{\"redirect_uris\":[\"https://app.example/\\ud800\"]}",
            "[]",
            "null",
            "",
            "\ufeff{}",
            "{" + redirect + ",\"contacts\":[\"\\udc00\"]}",
        ];

        foreach (var (index, body) in bodies.Index())
        {
            // One address may not register without end.
            using var client = _host.CreateBrowser(new IPAddress([127, 0, 0, (byte)(2 + (index / 20))])).Client;
            using StringContent content = new(body, Encoding.UTF8, "application/json");
            using var answer = await client.PostAsync("/connect/register", content);
            var error = (await Answer.ReadAsync(answer)).Error;

            Assert.Equal((body, HttpStatusCode.BadRequest), (body, answer.StatusCode));
            Assert.True(error is "invalid_client_metadata" or "invalid_redirect_uri", $"{body}: {error}");
        }

        Assert.Equal(0, await _database.ScalarAsync<long>("SELECT count(*) FROM idp.clients"));
        Assert.Equal(0, await _database.ScalarAsync<long>("SELECT count(*) FROM idp.registration_tokens"));
    }
}
