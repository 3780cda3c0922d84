using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Identity.IntegrationTests.Conformance;

/// <summary>The dynamic plan (RFC 7591, RFC 7592, OIDC Registration 1.0): a client that nobody wrote down registers, is
/// used, changed and removed.</summary>
public sealed class DynamicPlanTests(DynamicPlanTests.OpenProvider plan) : IClassFixture<DynamicPlanTests.OpenProvider>
{
    private const string Callback = "https://dynamic.example/callback";

    [Fact]
    public void DiscoveryNamesTheEndpoint() =>
        Assert.StartsWith(plan.Issuer, plan.Metadata.Text("registration_endpoint"));

    [Fact]
    public async Task ARegisteredClientSignsAPersonIn()
    {
        using var person = plan.Browser();

        var client = await RegisterAsync();
        var tokens = await ClientOf(client).SignInAsync(person);

        Assert.Equal(person.Subject, tokens.IdToken!.Claim("sub"));
    }

    [Fact]
    public async Task TheAnswerSaysEverythingThatWasRegistered()
    {
        var client = await RegisterAsync(
            ("client_name", "A dynamic client"),
            ("token_endpoint_auth_method", "client_secret_post")
        );

        Assert.Equal(
            ("A dynamic client", "client_secret_post"),
            (
                client.GetProperty("client_name").GetString(),
                client.GetProperty("token_endpoint_auth_method").GetString()
            )
        );
        Assert.Equal(
            [Callback],
            client.GetProperty("redirect_uris").EnumerateArray().Select(static uri => uri.GetString())
        );
        Assert.Equal(
            ["code"],
            client.GetProperty("response_types").EnumerateArray().Select(static type => type.GetString())
        );
        // RFC 7591 3.2.1: with a secret comes when it is over.
        Assert.True(client.GetProperty("client_secret_expires_at").GetInt64() >= 0);
    }

    [Fact]
    public async Task TwoRegistrationsAreTwoClients()
    {
        var (first, second) = (await RegisterAsync(), await RegisterAsync());

        Assert.NotEqual(first.GetProperty("client_id").GetString(), second.GetProperty("client_id").GetString());
        Assert.NotEqual(
            first.GetProperty("client_secret").GetString(),
            second.GetProperty("client_secret").GetString()
        );
    }

    [Fact]
    public async Task AClientWithAKeyOfItsOwnAuthenticatesByIt()
    {
        using ClientKey key = new();
        using var person = plan.Browser();

        var client = await RegisterAsync(
            ("token_endpoint_auth_method", "private_key_jwt"),
            ("jwks", JsonNode.Parse(key.Jwks)),
            ("id_token_signed_response_alg", "ES256")
        );

        Assert.False(client.TryGetProperty("client_secret", out _));
        Assert.Equal("private_key_jwt", client.GetProperty("token_endpoint_auth_method").GetString());
    }

    [Theory]
    [InlineData("redirect_uris", "[]", "invalid_redirect_uri")]
    [InlineData("redirect_uris", "[\"https://dynamic.example/callback#fragment\"]", "invalid_redirect_uri")]
    [InlineData("redirect_uris", "[\"javascript:alert(1)\"]", "invalid_redirect_uri")]
    [InlineData("redirect_uris", "[\"http://dynamic.example/callback\"]", "invalid_redirect_uri")]
    [InlineData("response_types", "[\"token\"]", "invalid_client_metadata")]
    [InlineData("grant_types", "[\"password\"]", "invalid_client_metadata")]
    [InlineData("id_token_signed_response_alg", "\"none\"", "invalid_client_metadata")]
    [InlineData("token_endpoint_auth_method", "\"client_secret_jwt\"", "invalid_client_metadata")]
    [InlineData("jwks_uri", "\"https://dynamic.example/jwks\"", null)]
    public async Task MetadataThatCannotBeIsRefusedByItsName(string name, string value, string? error)
    {
        using var response = await PostAsync((name, JsonNode.Parse(value)));

        if (error is null)
        {
            Assert.Equal(HttpStatusCode.Created, response.StatusCode);
            return;
        }

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal(error, (await StrictJson.ReadAsync(response)).GetProperty("error").GetString());
    }

    [Fact]
    public async Task TheClientReadsItselfByItsOwnTokenOnly()
    {
        var (client, other) = (await RegisterAsync(), await RegisterAsync());

        using var own = await ManageAsync(HttpMethod.Get, client, client);
        using var foreign = await ManageAsync(HttpMethod.Get, client, other);

        Assert.Equal(HttpStatusCode.OK, own.StatusCode);
        Assert.Equal(
            client.GetProperty("client_id").GetString(),
            (await StrictJson.ReadAsync(own)).GetProperty("client_id").GetString()
        );
        Assert.True(own.Headers.CacheControl?.NoStore);
        Assert.Equal(HttpStatusCode.Unauthorized, foreign.StatusCode);
    }

    [Fact]
    public async Task AChangedRedirectUriIsTheOneThatCounts()
    {
        const string Elsewhere = "https://dynamic.example/elsewhere";
        using var person = plan.Browser();
        var client = await RegisterAsync();
        JsonObject changed = new()
        {
            ["client_id"] = client.GetProperty("client_id").GetString(),
            ["redirect_uris"] = new JsonArray(Elsewhere),
        };

        using var response = await ManageAsync(HttpMethod.Put, client, client, changed);
        var now = await StrictJson.ReadAsync(response);
        var visit = await person.GoAsync(ClientOf(client).Url(ClientOf(client).Request()), Callback);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(
            [Elsewhere],
            now.GetProperty("redirect_uris").EnumerateArray().Select(static uri => uri.GetString())
        );
        Assert.Null(visit.Answer);
    }

    [Fact]
    public async Task ARemovedClientIsGone()
    {
        using var person = plan.Browser();
        var client = await RegisterAsync();

        using var removed = await ManageAsync(HttpMethod.Delete, client, client);
        using var again = await ManageAsync(HttpMethod.Get, client, client);
        var visit = await person.GoAsync(ClientOf(client).Url(ClientOf(client).Request()), Callback);

        Assert.Equal((HttpStatusCode.NoContent, HttpStatusCode.Unauthorized), (removed.StatusCode, again.StatusCode));
        Assert.Null(visit.Answer);
    }

    private async Task<JsonElement> RegisterAsync(params (string Name, JsonNode? Value)[] metadata)
    {
        using var response = await PostAsync(metadata);
        Assert.True(response.StatusCode == HttpStatusCode.Created, await response.Content.ReadAsStringAsync());
        Assert.True(response.Headers.CacheControl?.NoStore);
        var client = await StrictJson.ReadAsync(response);
        Assert.StartsWith(plan.Issuer, client.GetProperty("registration_client_uri").GetString());
        Assert.NotEmpty(client.GetProperty("registration_access_token").GetString()!);
        return client;
    }

    private Task<HttpResponseMessage> PostAsync(params (string Name, JsonNode? Value)[] metadata)
    {
        JsonObject body = new() { ["redirect_uris"] = new JsonArray(Callback) };
        foreach (var (name, value) in metadata)
            body[name] = value;
        return plan.Http.PostAsync(plan.Metadata.Text("registration_endpoint"), Json(body));
    }

    private async Task<HttpResponseMessage> ManageAsync(
        HttpMethod method,
        JsonElement client,
        JsonElement by,
        JsonObject? body = null
    )
    {
        using HttpRequestMessage request = new(method, client.GetProperty("registration_client_uri").GetString())
        {
            Headers =
            {
                Authorization = new AuthenticationHeaderValue(
                    "Bearer",
                    by.GetProperty("registration_access_token").GetString()
                ),
            },
            Content = body is null ? null : Json(body),
        };
        return await plan.Http.SendAsync(request);
    }

    private StrictClient ClientOf(JsonElement client) =>
        new(
            plan,
            new Registration(client.GetProperty("client_id").GetString()!, Callback)
            {
                Secret = client.GetProperty("client_secret").GetString(),
            }
        );

    private static StringContent Json(JsonObject body) =>
        new(body.ToJsonString(), System.Text.Encoding.UTF8, "application/json");

    /// <summary>Anybody may register.</summary>
    public sealed class OpenProvider : ConformanceProvider
    {
        internal override IEnumerable<KeyValuePair<string, string?>> Settings =>
            [new("Identity:ClientRegistration:Enabled", "true"), new("Identity:ClientRegistration:Open", "true")];
    }
}
