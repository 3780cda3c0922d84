using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Identity.Core.Maintenance;
using Identity.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Identity.IntegrationTests.Protocol.Requests;

/// <summary>What a sender without credentials can make the database keep, measured: docs/strangers-writes.md.</summary>
public sealed class StrangersWritesTests : IAsyncLifetime
{
    private const string Keyed = "keyed";
    private readonly ClientKeyPair _key = new("k1");
    private TestDatabase _database = null!;
    private IdentityHost _host = null!;
    private HttpClient _client = null!;

    public async Task InitializeAsync()
    {
        _database = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
        Dictionary<string, string?> settings = new(ProtocolFixture.Settings)
        {
            ["Identity:Grants:DeviceAuthorization"] = "true",
            ["Identity:Maintenance:Enabled"] = "false",
            ["Identity:Clients:tv:Profile"] = "Native",
            ["Identity:Clients:tv:GrantTypes:0"] = "urn:ietf:params:oauth:grant-type:device_code",
            ["Identity:Clients:tv:Scopes:0"] = "openid",
            ["Identity:Proxies:Addresses:0"] = "127.0.0.1",
            [$"Identity:Clients:{Keyed}:TokenEndpointAuthMethod"] = "private_key_jwt",
            [$"Identity:Clients:{Keyed}:Jwks"] = _key.Jwks,
            [$"Identity:Clients:{Keyed}:RedirectUris:0"] = TestClients.RedirectUri,
            [$"Identity:Clients:{Keyed}:Scopes:0"] = "openid",
        };
        _host = await IdentityHost.StartAsync(_database, settings);
        _client = _host.CreateClient();
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _host.DisposeAsync();
        await _database.DisposeAsync();
        _key.Dispose();
    }

    [Fact]
    public async Task A_public_client_pushes_sixty_requests_at_once_and_then_waits()
    {
        var answers = await SendAsync(200, "203.0.113.7", static () => Push());
        var elsewhere = await SendAsync(1, "198.51.100.7", static () => Push());

        Assert.Equal(HttpStatusCode.Created, elsewhere.Single());
        Assert.InRange(answers.Count(static status => status == HttpStatusCode.Created), 60, 80);
        Assert.Equal(
            200,
            answers.Count(static status => status is HttpStatusCode.Created or HttpStatusCode.TooManyRequests)
        );
        Assert.InRange(await RowsAsync("pushed_request"), 61, 81);
    }

    [Fact]
    public async Task A_confidential_client_is_not_counted()
    {
        var answers = await SendAsync(
            150,
            "203.0.113.8",
            static () =>
            {
                var push = Push("web", ("redirect_uri", TestClients.RedirectUri));
                push.Headers.Authorization = Basic("web", TestClients.Secret);
                return push;
            }
        );

        Assert.All(answers, static status => Assert.Equal(HttpStatusCode.Created, status));
    }

    [Fact]
    public async Task Of_a_pushed_request_known_parameters_are_kept_and_no_more_than_eight_kilobytes()
    {
        var unknown = await SendAsync(
            1,
            "203.0.113.9",
            static () => Push("spa", ("unheard_of", new string('x', 50_000)))
        );
        var large = await SendAsync(1, "203.0.113.9", static () => Push("spa", ("state", new string('x', 9_000))));

        Assert.Equal(HttpStatusCode.Created, unknown.Single());
        Assert.Equal(HttpStatusCode.BadRequest, large.Single());
        Assert.InRange(
            await _database.ScalarAsync<long>("SELECT max(octet_length(payload))::bigint FROM idp.grants"),
            1,
            2_000
        );
    }

    [Fact]
    public async Task What_was_pushed_is_gone_soon_after_its_minute()
    {
        await SendAsync(5, "203.0.113.10", static () => Push());
        await SendAsync(5, "203.0.113.10", static () => Device());
        await _database.ExecuteAsync("UPDATE idp.grants SET expires_at = now() - interval '1 second'");
        var jobs = _host.Services.GetRequiredService<MaintenanceJobs>();

        var pushed = await jobs.RunAsync("requests", CancellationToken.None);
        await _database.ExecuteAsync("UPDATE idp.grants SET expires_at = now() - interval '11 minutes'");
        var devices = await jobs.RunAsync("requests", CancellationToken.None);

        Assert.Equal((5, 5), (pushed, devices));
        Assert.Equal(0, await RowsAsync("pushed_request") + await RowsAsync("device_code"));
    }

    [Fact]
    public async Task A_public_client_starts_sixty_device_requests_at_once_and_then_waits()
    {
        var answers = await SendAsync(150, "203.0.113.11", static () => Device());

        Assert.InRange(answers.Count(static status => status == HttpStatusCode.OK), 60, 80);
        Assert.InRange(await RowsAsync("device_code"), 60, 80);
        Assert.Contains(HttpStatusCode.TooManyRequests, answers);
    }

    [Fact]
    public async Task A_signed_object_that_is_opened_again_and_again_begins_sixty_requests()
    {
        using RelyingParty party = new(_host, Keyed);
        var request = _key.RequestObject(Keyed, _host.Issuer, KeyClientFixture.ParametersOf(party));
        var url = $"/connect/authorize?client_id={Keyed}&request={request}";

        await SendAsync(150, "203.0.113.12", () => new HttpRequestMessage(HttpMethod.Get, url));

        Assert.InRange(await _database.ScalarAsync<long>("SELECT count(*) FROM idp.begun_requests"), 60, 80);
    }

    [Fact]
    public async Task Wrong_secrets_slow_their_sender_down_and_nobody_else()
    {
        var wrong = await SendAsync(60, "203.0.113.13", static () => Token("wrong"));
        var right = await SendAsync(1, "198.51.100.13", static () => Token(TestClients.Secret));
        var other = await SendAsync(1, "203.0.113.13", static () => Token(TestClients.Secret, "service"));

        Assert.InRange(wrong.Count(static status => status == HttpStatusCode.Unauthorized), 20, 30);
        Assert.Equal(
            60,
            wrong.Count(static status => status is HttpStatusCode.Unauthorized or HttpStatusCode.TooManyRequests)
        );
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (right.Single(), other.Single()));
    }

    private async Task<IReadOnlyList<HttpStatusCode>> SendAsync(
        int count,
        string address,
        Func<HttpRequestMessage> request
    )
    {
        List<HttpStatusCode> answers = [];
        for (var i = 0; i < count; i++)
        {
            using var message = request();
            message.Headers.Add("X-Forwarded-For", address);
            using var answer = await _client.SendAsync(message);
            if (answer.StatusCode == HttpStatusCode.TooManyRequests)
                Assert.NotNull(answer.Headers.RetryAfter);
            answers.Add(answer.StatusCode);
        }
        return answers;
    }

    private static HttpRequestMessage Push(string client = "spa", params (string Name, string Value)[] more) =>
        Form(
            "/connect/par",
            [
                ("client_id", client),
                ("response_type", "code"),
                ("scope", "openid"),
                ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
                ("code_challenge_method", "S256"),
                .. more.Any(static pair => pair.Name == "redirect_uri")
                    ? []
                    : new[] { ("redirect_uri", "https://spa.example/callback") },
                .. more,
            ]
        );

    private static HttpRequestMessage Device() => Form("/connect/device", [("client_id", "tv"), ("scope", "openid")]);

    private static HttpRequestMessage Token(string secret, string client = "web") =>
        Form("/connect/token", [("grant_type", "client_credentials"), ("scope", "api")], Basic(client, secret));

    private static AuthenticationHeaderValue Basic(string client, string secret) =>
        new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{client}:{secret}")));

    private static HttpRequestMessage Form(
        string path,
        IEnumerable<(string Name, string Value)> fields,
        AuthenticationHeaderValue? credentials = null
    ) =>
        new(HttpMethod.Post, path)
        {
            Content = new FormUrlEncodedContent(
                fields.Select(static field => KeyValuePair.Create(field.Name, field.Value))
            ),
            Headers = { Authorization = credentials },
        };

    private Task<long> RowsAsync(string kind) =>
        _database.ScalarAsync<long>("SELECT count(*) FROM idp.grants WHERE kind = @kind", ("kind", kind));
}
