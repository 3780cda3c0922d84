using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Identity.Core.Audit;
using Identity.Core.Clients;
using Identity.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Identity.IntegrationTests.Protocol.Registration;

/// <summary>Dynamic client registration and management (RFC 7591, RFC 7592) over HTTP, on two instances.</summary>
public sealed class RegistrationEndpointTests : IAsyncLifetime
{
    private const string Path = "/connect/register";
    private const string Good =
        """{"redirect_uris":["https://app.example/callback"],"client_name":"Ours","""
        + """ "grant_types":["authorization_code","refresh_token"],"scope":"openid email offline_access"}""";

    private TestDatabase _database = null!;
    private IdentityHost _one = null!;
    private IdentityHost _two = null!;
    private HttpClient _client = null!;

    public async Task InitializeAsync()
    {
        _database = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
        Dictionary<string, string?> settings = new(ProtocolFixture.Settings)
        {
            ["Identity:ClientRegistration:Enabled"] = "true",
        };
        _one = await IdentityHost.StartAsync(_database, settings);
        _two = await IdentityHost.StartAsync(
            _database,
            new Dictionary<string, string?>(settings) { ["Identity:Issuer"] = _one.Issuer }
        );
        _client = _one.CreateClient();
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _one.DisposeAsync();
        await _two.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task A_client_registers_signs_somebody_in_at_once_and_soon_on_the_other_instance()
    {
        var made = await SendAsync(HttpMethod.Post, Path, await InitialAsync(), Good);

        Assert.Equal(HttpStatusCode.Created, made.Status);
        Assert.Equal(
            ("Ours", "client_secret_basic", "web", "0"),
            (
                made["client_name"],
                made["token_endpoint_auth_method"],
                made["application_type"],
                made["client_secret_expires_at"]
            )
        );
        Assert.Equal(["openid", "email", "offline_access"], made["scope"]!.Split(' '));
        Assert.Equal($"{_one.Issuer}{Path}/{made["client_id"]}", made["registration_client_uri"]);
        Assert.Null(made["secrets"]);
        Assert.Null(made["profile"]);
        var user = await RelyingParty.CreateUserAsync(_database, "ada@example.com");
        using RelyingParty here = new(_one, made["client_id"]!, TestClients.RedirectUri, made["client_secret"]);
        await here.SignInAsync(user);
        using var consent = await here.Browser.GetAsync(here.AuthorizeUrl("openid"));
        Assert.StartsWith("/consent", consent.Headers.Location?.OriginalString, StringComparison.Ordinal);
        using RelyingParty there = new(_two, made["client_id"]!, TestClients.RedirectUri, made["client_secret"]);
        for (
            var i = 0;
            i < 50 && _two.Services.GetRequiredService<ClientRegistry>().Find(made["client_id"]) is null;
            i++
        )
            await Task.Delay(100);
        Assert.Equal("invalid_grant", (await there.RefreshAsync("x")).Error);
        Assert.Equal(
            "registration",
            await _database.ScalarAsync<string>(
                "SELECT details ->> 'source' FROM public.audit_logs WHERE event_type = 'client_added'"
            )
        );
    }

    [Fact]
    public async Task It_is_read_changed_with_a_new_token_and_removed()
    {
        var made = await SendAsync(HttpMethod.Post, Path, await InitialAsync(), Good);
        var (uri, id, token) = ($"{Path}/{made["client_id"]}", made["client_id"], made["registration_access_token"]!);

        var read = await SendAsync(HttpMethod.Get, uri, token);
        var changed = await SendAsync(
            HttpMethod.Put,
            uri,
            token,
            $$"""{"client_id":"{{id}}","client_secret":"{{made["client_secret"]}}","""
                + """ "redirect_uris":["https://app.example/other"]}"""
        );
        var stale = await SendAsync(HttpMethod.Get, uri, token);
        var fresh = await SendAsync(HttpMethod.Get, uri, changed["registration_access_token"]);
        var removed = await SendAsync(HttpMethod.Delete, uri, changed["registration_access_token"]);
        var gone = await SendAsync(HttpMethod.Get, uri, changed["registration_access_token"]);

        Assert.Equal(
            (HttpStatusCode.OK, token, "Ours"),
            (read.Status, read["registration_access_token"], read["client_name"])
        );
        Assert.Null(read["client_secret"]);
        Assert.Equal(HttpStatusCode.OK, changed.Status);
        Assert.NotEqual(token, changed["registration_access_token"]);
        Assert.Equal((HttpStatusCode.Unauthorized, "invalid_token"), (stale.Status, stale.Error));
        Assert.Equal("[\"https://app.example/other\"]", fresh["redirect_uris"]);
        Assert.Null(fresh["client_name"]);
        Assert.Equal((HttpStatusCode.NoContent, HttpStatusCode.Unauthorized), (removed.Status, gone.Status));
        using RelyingParty party = new(_one, id!, TestClients.RedirectUri, made["client_secret"]);
        Assert.Equal("invalid_client", (await party.RefreshAsync("x")).Error);
        Assert.Equal(
            1L,
            await _database.ScalarAsync<long>(
                "SELECT count(*) FROM public.audit_logs WHERE event_type = 'client_changed'"
            )
        );
        Assert.Equal(
            1L,
            await _database.ScalarAsync<long>(
                "SELECT count(*) FROM public.audit_logs WHERE event_type = 'client_removed'"
            )
        );
    }

    [Fact]
    public async Task Of_many_changes_at_once_with_one_token_one_goes_on()
    {
        var made = await SendAsync(HttpMethod.Post, Path, await InitialAsync(), Good);
        var body = $$"""{"client_id":"{{made["client_id"]}}","redirect_uris":["https://app.example/other"]}""";

        var answers = await Task.WhenAll(
            Enumerable
                .Range(0, 10)
                .Select(_ =>
                    SendAsync(HttpMethod.Put, $"{Path}/{made["client_id"]}", made["registration_access_token"], body)
                )
        );

        Assert.Single(answers, static answer => answer.Status == HttpStatusCode.OK);
        Assert.All(
            answers.Where(static answer => answer.Status != HttpStatusCode.OK),
            static answer => Assert.Equal("invalid_token", answer.Error)
        );
    }

    [Theory]
    [InlineData("""{"client_id":"other","redirect_uris":["https://app.example/x"]}""")]
    [InlineData("""{"redirect_uris":["https://app.example/x"]}""")]
    [InlineData("""{"client_id":"ID","client_secret":"wrong","redirect_uris":["https://app.example/x"]}""")]
    [InlineData("""{"client_id":"ID","registration_access_token":"x","redirect_uris":["https://app.example/x"]}""")]
    [InlineData("""{"client_id":"ID","client_id_issued_at":1,"redirect_uris":["https://app.example/x"]}""")]
    [InlineData("not json")]
    public async Task A_change_that_presumes_too_much_changes_nothing_and_the_token_stays_good(string body)
    {
        var made = await SendAsync(HttpMethod.Post, Path, await InitialAsync(), Good);
        var uri = $"{Path}/{made["client_id"]}";

        var refused = await SendAsync(
            HttpMethod.Put,
            uri,
            made["registration_access_token"],
            body.Replace("ID", made["client_id"])
        );
        var read = await SendAsync(HttpMethod.Get, uri, made["registration_access_token"]);

        Assert.Equal((HttpStatusCode.BadRequest, "invalid_client_metadata"), (refused.Status, refused.Error));
        Assert.Equal("[\"https://app.example/callback\"]", read["redirect_uris"]);
    }

    [Fact]
    public async Task Without_a_good_token_with_bad_metadata_or_in_a_strange_form_nothing_is_made()
    {
        var initial = await InitialAsync();
        using HttpRequestMessage form = new(HttpMethod.Post, Path)
        {
            Content = new FormUrlEncodedContent([KeyValuePair.Create("redirect_uris", "https://app.example/x")]),
        };
        form.Headers.Authorization = new AuthenticationHeaderValue("Bearer", initial);

        Assert.Equal(
            (HttpStatusCode.Unauthorized, "invalid_token"),
            Of(await SendAsync(HttpMethod.Post, Path, null, Good))
        );
        Assert.Equal(
            (HttpStatusCode.Unauthorized, "invalid_token"),
            Of(await SendAsync(HttpMethod.Post, Path, "x", Good))
        );
        Assert.Equal(
            (HttpStatusCode.BadRequest, "invalid_redirect_uri"),
            Of(await SendAsync(HttpMethod.Post, Path, initial, """{"redirect_uris":["http://app.example/x"]}"""))
        );
        Assert.Equal(
            (HttpStatusCode.BadRequest, "invalid_software_statement"),
            Of(
                await SendAsync(
                    HttpMethod.Post,
                    Path,
                    initial,
                    """{"redirect_uris":["https://a.example/x"],"software_statement":"e30"}"""
                )
            )
        );
        Assert.Equal(
            (HttpStatusCode.BadRequest, "invalid_client_metadata"),
            Of(await SendAsync(HttpMethod.Post, Path, initial, "\0{"))
        );
        Assert.Equal(
            (HttpStatusCode.BadRequest, "invalid_client_metadata"),
            Of(await SendAsync(HttpMethod.Post, Path, initial, "{\"a\":\"" + new string('x', 40_000) + "\"}"))
        );
        Assert.Equal(
            (HttpStatusCode.BadRequest, "invalid_client_metadata"),
            Of(
                await SendAsync(
                    HttpMethod.Post,
                    Path,
                    initial,
                    "{\"redirect_uris\":[\"https://a.example/x\"],\"client_name\":\"\\ud800\"}"
                )
            )
        );
        using var refused = await _client.SendAsync(form);
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Equal(
            (HttpStatusCode.Unauthorized, "invalid_token"),
            Of(await SendAsync(HttpMethod.Get, Path + "/web", initial))
        );
        Assert.Equal(
            (HttpStatusCode.Unauthorized, "invalid_token"),
            Of(await SendAsync(HttpMethod.Delete, Path + "/web", initial))
        );
        Assert.Equal(0L, await _database.ScalarAsync<long>("SELECT count(*) FROM idp.clients"));
        // The one use was not used up by all that.
        Assert.Equal(HttpStatusCode.Created, (await SendAsync(HttpMethod.Post, Path, initial, Good)).Status);
    }

    [Fact]
    public async Task An_address_that_tries_too_often_waits()
    {
        Answer? last = null;
        for (var i = 0; i < 31; i++)
            last = await SendAsync(HttpMethod.Post, Path, "x", Good);

        Assert.Equal((HttpStatusCode)429, last!.Status);
    }

    [Fact]
    public async Task By_default_it_is_off_and_not_named()
    {
        await using var plain = await IdentityHost.StartAsync(_database, ProtocolFixture.Settings);
        using var client = plain.CreateClient();

        using var answer = await client.PostAsync(Path, new StringContent(Good, Encoding.UTF8, "application/json"));

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.DoesNotContain(
            "registration_endpoint",
            await client.GetStringAsync("/.well-known/openid-configuration"),
            StringComparison.Ordinal
        );
        Assert.Contains(
            $"\"registration_endpoint\":\"{_one.Issuer}{Path}\"",
            await _client.GetStringAsync("/.well-known/openid-configuration"),
            StringComparison.Ordinal
        );
    }

    private static (HttpStatusCode, string?) Of(Answer answer) => (answer.Status, answer.Error);

    private async Task<string> InitialAsync() =>
        (
            await _one
                .Services.GetRequiredService<RegistrationTokenStore>()
                .CreateInitialAsync(
                    "test",
                    1,
                    TimeSpan.FromHours(1),
                    new RequestContext(null, "test", null),
                    CancellationToken.None
                )
        ).Value;

    private async Task<Answer> SendAsync(HttpMethod method, string path, string? token, string? body = null)
    {
        using HttpRequestMessage request = new(method, path);
        if (token is not null)
            request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + token);
        if (body is not null)
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await _client.SendAsync(request);
        Assert.True(response.Headers.CacheControl?.NoStore);
        return await Answer.ReadAsync(response);
    }
}
