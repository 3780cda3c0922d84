using System.Net;
using System.Text.Json;
using Duende.IdentityServer;
using Identity.DuendeHost;
using Identity.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Identity.DuendeTests;

/// <summary>What is particular to the host on Duende: SQL budgets, the device grant, what Duende alone would let pass,
/// and what the host refuses to start with.</summary>
public sealed class DuendeHostTests(EnginesFixture fixture) : IClassFixture<EnginesFixture>
{
    [Fact]
    public async Task It_takes_as_many_SQL_commands_as_the_other_engine()
    {
        using var party = await fixture.SignedInAsync(fixture.Duende);
        var (answer, authorize) = await fixture.Duende.SendCountedAsync(
            party.Browser,
            new(HttpMethod.Get, party.AuthorizeUrl("openid email offline_access"))
        );
        var code = party.AnswerOf(answer)["code"];
        var (first, exchange) = await CountAsync(party, party.CodeRequest(code));
        var (_, refresh) = await CountAsync(party, party.RefreshRequest(first.RefreshToken!));
        HttpRequestMessage ask = new(HttpMethod.Get, "/connect/userinfo");
        ask.Headers.Authorization = new("Bearer", first.AccessToken);
        var (_, userinfo) = await CountAsync(party, ask);
        var (_, introspect) = await CountAsync(party, party.Post("/connect/introspect", ("token", first.AccessToken)));
        var (own, client) = await CountAsync(
            party,
            party.Post("/connect/token", ("grant_type", "client_credentials"), ("scope", "api"))
        );
        var (_, revoke) = await CountAsync(party, party.Post("/connect/revoke", ("token", first.RefreshToken)));

        Assert.NotNull(own.AccessToken);
        Assert.Equal((2, 1, 1, 1, 1, 0, 1), (authorize, exchange, refresh, userinfo, introspect, client, revoke));
    }

    [Fact]
    public async Task A_device_gets_tokens_once_after_a_person_allowed_it()
    {
        using RelyingParty tv = new(fixture.Duende, "tv");
        var started = await tv.SendAsync(tv.Post("/connect/device"));
        var waiting = await PollAsync(tv, started);
        await ApproveAsync(started["user_code"]!);
        await fixture.Database.ExecuteAsync(
            "UPDATE idp.grants SET data = jsonb_set(data, '{polled_at}', to_jsonb(extract(epoch FROM now()) - 400)) "
                + "WHERE data ? 'polled_at'"
        );

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => PollAsync(tv, started)));

        Assert.Equal("authorization_pending", waiting.Error);
        var tokens = Assert.Single(answers, answer => answer.AccessToken is not null);
        Assert.NotNull(tokens.RefreshToken);
        Assert.NotNull((await tv.RefreshAsync(tokens.RefreshToken!)).RefreshToken);
    }

    [Fact]
    public async Task A_bound_token_is_not_taken_as_a_bearer_token()
    {
        using ProofKey key = new();
        using var party = await fixture.SignedInAsync(fixture.Duende, "bound", "https://bound.example/callback");
        var code = (await party.AuthorizeAsync())["code"];
        var tokens = await party.SendAsync(key.Sign(party.CodeRequest(code), fixture.Duende.Issuer));

        var asBearer = await party.UserInfoAsync(tokens.AccessToken!);
        var withProof = await party.SendAsync(key.Get("/connect/userinfo", fixture.Duende.Issuer, tokens.AccessToken!));

        Assert.Equal("DPoP", tokens["token_type"]);
        Assert.Equal("invalid_token", asBearer.Error);
        Assert.Equal(HttpStatusCode.OK, withProof.Status);
    }

    [Fact]
    public async Task An_assertion_authenticates_once_on_both_engines_together()
    {
        var assertion = fixture.Key.Assertion("keyed", fixture.Duende.Issuer);

        var first = await AskAsync(fixture.Duende, assertion);
        var again = await AskAsync(fixture.Duende, assertion);
        var elsewhere = await AskAsync(fixture.OpenIddict, assertion);

        Assert.NotNull(first.AccessToken);
        Assert.Equal((HttpStatusCode.Unauthorized, "invalid_client"), (again.Status, again.Error));
        Assert.Equal("invalid_client", elsewhere.Error);

        static async Task<Answer> AskAsync(IdentityHost host, string assertion)
        {
            using var http = host.CreateClient();
            using FormUrlEncodedContent form = new([
                new("grant_type", "client_credentials"),
                new("scope", "api"),
                new("client_assertion_type", ClientKeyPair.AssertionType),
                new("client_assertion", assertion),
            ]);
            using var response = await http.PostAsync("/connect/token", form);
            return await Answer.ReadAsync(response);
        }
    }

    [Theory]
    [InlineData("/connect/token")]
    [InlineData("/connect/par")]
    [InlineData("/connect/revoke")]
    [InlineData("/connect/introspect")]
    public async Task A_client_that_is_not_known_is_told_how_to_authenticate(string path)
    {
        using var http = fixture.Duende.CreateClient();
        using HttpRequestMessage request = new(HttpMethod.Post, path)
        {
            Content = new FormUrlEncodedContent([new("grant_type", "client_credentials"), new("token", "any")]),
        };
        request.Headers.Authorization = new("Basic", Convert.ToBase64String("nobody:wrong"u8));

        using var answer = await http.SendAsync(request);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal("Basic", Assert.Single(answer.Headers.WwwAuthenticate).Scheme);
    }

    [Fact]
    public async Task Two_ways_to_authenticate_another_name_and_guesses_are_refused()
    {
        using var http = fixture.Duende.CreateClient();
        var twice = await SendAsync("service", TestClients.Secret, ("client_secret", TestClients.Secret));
        var other = await SendAsync("service", TestClients.Secret, ("client_id", "web"));
        var wrong = new List<Answer>();
        for (var i = 0; i < 25; i++)
            wrong.Add(await SendAsync("orders-api", "a-wrong-secret"));

        Assert.Equal(("invalid_request", "invalid_request"), (twice.Error, other.Error));
        Assert.Equal((HttpStatusCode.Unauthorized, "invalid_client"), (wrong[0].Status, wrong[0].Error));
        Assert.Equal(HttpStatusCode.TooManyRequests, wrong[^1].Status);

        async Task<Answer> SendAsync(string id, string secret, params (string Name, string Value)[] more)
        {
            using HttpRequestMessage request = new(HttpMethod.Post, "/connect/token")
            {
                Content = new FormUrlEncodedContent(
                    more.Append(("grant_type", "client_credentials"))
                        .Select(static field => KeyValuePair.Create(field.Item1, field.Item2))
                ),
            };
            request.Headers.Authorization = new(
                "Basic",
                Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"{id}:{secret}"))
            );
            using var response = await http.SendAsync(request);
            return await Answer.ReadAsync(response);
        }
    }

    [Fact]
    public async Task Introspection_changes_nothing()
    {
        using var party = await fixture.SignedInAsync(fixture.Duende);
        var tokens = await party.GetTokensAsync("openid offline_access");

        for (var i = 0; i < 3; i++)
            Assert.Equal("True", (await party.IntrospectAsync(tokens.RefreshToken!))["active"]);

        Assert.NotNull((await party.RefreshAsync(tokens.RefreshToken!)).RefreshToken);
    }

    [Fact]
    public async Task The_metadata_names_what_the_host_does_and_nothing_else()
    {
        using var http = fixture.Duende.CreateClient();
        var document = JsonElement.Parse(await http.GetStringAsync("/.well-known/openid-configuration"));

        var absent = new[]
        {
            "backchannel_authentication_endpoint",
            "registration_endpoint",
            "authorization_details_types_supported",
            "userinfo_signing_alg_values_supported",
            "mtls_endpoint_aliases",
        };

        Assert.Equal(fixture.Duende.Issuer, document.GetProperty("issuer").GetString());
        Assert.Equal(["code"], document.GetProperty("response_types_supported").EnumerateArray().Select(Text));
        Assert.Equal(["S256"], document.GetProperty("code_challenge_methods_supported").EnumerateArray().Select(Text));
        Assert.DoesNotContain(absent, name => document.TryGetProperty(name, out _));
        foreach (var member in document.EnumerateObject().Where(one => one.Name.EndsWith("_endpoint", default)))
        {
            using var answer = await http.GetAsync(member.Value.GetString());
            Assert.NotEqual(HttpStatusCode.NotFound, answer.StatusCode);
        }

        static string? Text(JsonElement value) => value.GetString();
    }

    [Fact]
    public async Task What_the_licence_lacks_is_not_advertised()
    {
        await using var host = await IdentityHost.StartAsync(
            fixture.Database,
            TestClients.Settings,
            services => services.AddTransient(static _ => new IdentityServerLicense())
        );
        using var http = host.CreateClient();

        var document = JsonElement.Parse(await http.GetStringAsync("/.well-known/openid-configuration"));

        Assert.False(document.TryGetProperty("pushed_authorization_request_endpoint", out _));
        Assert.False(document.TryGetProperty("dpop_signing_alg_values_supported", out _));
        Assert.True(document.TryGetProperty("token_endpoint", out _));
    }

    [Theory]
    [InlineData("Identity:Grants:BackchannelAuthentication", "true")]
    [InlineData("Identity:Grants:TokenExchange", "true")]
    [InlineData("Identity:ClientRegistration:Enabled", "true")]
    [InlineData("Identity:ClientMetadataDocuments:Enabled", "true")]
    [InlineData("Identity:MutualTls:AcceptCertificates", "true")]
    [InlineData("Identity:AuthorizationDetails:Types:payment:Text", "Pay", "Identity:AuthorizationDetails:Types: ")]
    [InlineData("Identity:Clients:web:UserinfoSignedResponseAlg", "RS256")]
    [InlineData("Identity:Clients:web:RequireSignedRequestObject", "true")]
    [InlineData("Identity:Clients:web:ResponseModes:0", "query.jwt")]
    [InlineData("Identity:Clients:web:Profile", "Fapi2")]
    public void What_Duende_lacks_is_refused_at_the_start_by_its_setting(
        string setting,
        string value,
        string? named = null
    )
    {
        Dictionary<string, string?> settings = new(TestClients.Settings) { [setting] = value };
        if (value == "Fapi2" || setting.EndsWith("RequireSignedRequestObject", StringComparison.Ordinal))
        {
            settings.Remove("Identity:Clients:web:Secret");
            settings["Identity:Clients:web:TokenEndpointAuthMethod"] = "private_key_jwt";
            using ClientKeyPair pair = new("one");
            settings["Identity:Clients:web:Jwks"] = pair.Jwks;
        }
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings).Build();

        var faults = new DuendeEngine().Check(configuration).ToArray();

        var fault = Assert.Single(faults);
        Assert.StartsWith(
            named ?? (setting.Contains(":web:", StringComparison.Ordinal) ? "Identity:Clients:web: " : setting + ": "),
            fault,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void The_test_clients_are_served() =>
        Assert.Empty(
            new DuendeEngine().Check(new ConfigurationBuilder().AddInMemoryCollection(TestClients.Settings).Build())
        );

    private async Task<(Answer Answer, int Commands)> CountAsync(RelyingParty party, HttpRequestMessage request)
    {
        var (response, commands) = await fixture.Duende.SendCountedAsync(party.Backchannel, request);
        return (await Answer.ReadAsync(response), commands);
    }

    private static Task<Answer> PollAsync(RelyingParty tv, Answer started) =>
        tv.SendAsync(
            tv.Post(
                "/connect/token",
                ("grant_type", EnginesFixture.DeviceGrant),
                ("device_code", started["device_code"])
            )
        );

    private async Task ApproveAsync(string userCode)
    {
        using PageBrowser browser = new(fixture.Duende);
        using var party = await fixture.SignedInAsync(fixture.Duende);
        browser.UseSession(party.Browser.DefaultRequestHeaders.GetValues("Cookie").Single().Split('=')[1]);
        var question = await browser.FollowAsync(
            await browser.SubmitAsync(await browser.GetAsync("/device"), [("Input.Code", userCode)])
        );
        await browser.SubmitAsync(question, [("decision", "allow")]);
    }
}
