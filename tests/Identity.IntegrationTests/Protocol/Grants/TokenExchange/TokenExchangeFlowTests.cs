using System.Net;
using Identity.Testing;

namespace Identity.IntegrationTests.Protocol.Grants.TokenExchange;

/// <summary>Token exchange (RFC 8693) over HTTP: a gateway turns a person's token into one for the API behind it, and
/// no more than its policy says.</summary>
public sealed class TokenExchangeFlowTests(ExtensionGrantFixture fixture) : IClassFixture<ExtensionGrantFixture>
{
    private const string AccessTokenType = "urn:ietf:params:oauth:token-type:access_token";

    [Fact]
    public async Task Delegation_names_the_actor_narrows_scope_and_audience_and_leaves_an_audit_row()
    {
        using RelyingParty gateway = new(fixture.Host, "gateway");
        var subject = (await TokensAsync("openid email api orders")).AccessToken!;

        var (response, commands) = await fixture.Host.SendCountedAsync(
            gateway.Backchannel,
            Request(gateway, subject, ("audience", "https://orders.example"), ("scope", "orders"))
        );
        using var _ = response;
        var answer = await Answer.ReadAsync(response);

        Assert.Equal(2, commands);
        Assert.Equal(
            (AccessTokenType, "Bearer", "orders"),
            (answer["issued_token_type"], answer["token_type"], answer["scope"])
        );
        Assert.Null(answer.RefreshToken);
        Assert.Null(answer.IdToken);
        var (header, claims) = Answer.Decode(answer.AccessToken!);
        Assert.Equal("at+jwt", header.GetProperty("typ").GetString());
        Assert.Equal(
            (fixture.UserId.ToString("D"), "gateway", "https://orders.example", "gateway"),
            (
                claims.GetProperty("sub").GetString(),
                claims.GetProperty("client_id").GetString(),
                claims.GetProperty("aud").GetString(),
                claims.GetProperty("act").GetProperty("sub").GetString()
            )
        );
        Assert.True(
            claims.GetProperty("exp").GetInt64() <= Answer.Decode(subject).Payload.GetProperty("exp").GetInt64()
        );
        Assert.Equal(
            Answer.Decode(subject).Payload.GetProperty("sid").GetString(),
            claims.GetProperty("sid").GetString()
        );
        Assert.Equal(
            "web",
            await fixture.Database.ScalarAsync<string>(
                "SELECT details ->> 'subject_client_id' FROM public.audit_logs WHERE event_type = 'token_exchanged' "
                    + "ORDER BY created_at DESC LIMIT 1"
            )
        );
    }

    [Fact]
    public async Task A_person_whom_one_client_knows_by_a_name_of_its_own_is_to_the_next_who_they_are_to_it()
    {
        using RelyingParty clinic = new(fixture.Host, "clinic");
        using RelyingParty gateway = new(fixture.Host, "gateway");
        using RelyingParty api = new(fixture.Host, "orders-api");
        await clinic.SignInAsync(fixture.UserId);
        var subject = (await clinic.GetTokensAsync("openid orders")).AccessToken!;

        var exchanged = (
            await gateway.SendAsync(Request(gateway, subject, ("audience", "https://orders.example")))
        ).AccessToken!;

        Assert.NotEqual(fixture.UserId.ToString("D"), Answer.Decode(subject).Payload.GetProperty("sub").GetString());
        Assert.Equal(fixture.UserId.ToString("D"), Answer.Decode(exchanged).Payload.GetProperty("sub").GetString());
        Assert.Equal("True", (await api.IntrospectAsync(exchanged))["active"]);
    }

    [Fact]
    public async Task A_new_token_never_outlives_the_one_it_came_from()
    {
        using RelyingParty gateway = new(fixture.Host, "gateway");
        var subject = (await TokensAsync("openid api")).AccessToken!;
        await Task.Delay(TimeSpan.FromSeconds(2.1));

        var answer = await gateway.SendAsync(Request(gateway, subject, ("resource", "https://api.example")));

        Assert.Equal(
            Answer.Decode(subject).Payload.GetProperty("exp").GetInt64(),
            Answer.Decode(answer.AccessToken!).Payload.GetProperty("exp").GetInt64()
        );
        Assert.InRange(int.Parse(answer["expires_in"]!, System.Globalization.CultureInfo.InvariantCulture), 590, 598);
    }

    [Fact]
    public async Task Impersonation_only_where_the_policy_allows_it_and_a_chain_of_actors_grows_inwards()
    {
        using RelyingParty support = new(fixture.Host, "support");
        using RelyingParty gateway = new(fixture.Host, "gateway");
        var subject = (await TokensAsync("openid api")).AccessToken!;

        var impersonated = await support.SendAsync(Request(support, subject, ("audience", "https://api.example")));
        var once = await gateway.SendAsync(Request(gateway, subject, ("audience", "https://api.example")));
        var twice = await gateway.SendAsync(Request(gateway, once.AccessToken!, ("audience", "https://api.example")));

        Assert.False(Answer.Decode(impersonated.AccessToken!).Payload.TryGetProperty("act", out _));
        var act = Answer.Decode(twice.AccessToken!).Payload.GetProperty("act");
        Assert.Equal(
            ("gateway", "gateway"),
            (act.GetProperty("sub").GetString(), act.GetProperty("act").GetProperty("sub").GetString())
        );
    }

    [Fact]
    public async Task An_actor_token_names_who_acts_and_only_of_a_client_that_the_policy_names()
    {
        using RelyingParty gateway = new(fixture.Host, "gateway");
        using RelyingParty service = new(fixture.Host, "service");
        var subject = (await TokensAsync("openid api")).AccessToken!;
        var own = (
            await gateway.SendAsync(gateway.Post("/connect/token", ("grant_type", "client_credentials")))
        ).AccessToken!;
        var strange = (
            await service.SendAsync(service.Post("/connect/token", ("grant_type", "client_credentials")))
        ).AccessToken!;

        var granted = await gateway.SendAsync(
            Request(
                gateway,
                subject,
                ("audience", "https://api.example"),
                ("actor_token", own),
                ("actor_token_type", AccessTokenType)
            )
        );
        var refused = await gateway.SendAsync(
            Request(
                gateway,
                subject,
                ("audience", "https://api.example"),
                ("actor_token", strange),
                ("actor_token_type", AccessTokenType)
            )
        );
        var broken = await gateway.SendAsync(
            Request(
                gateway,
                subject,
                ("audience", "https://api.example"),
                ("actor_token", "x"),
                ("actor_token_type", AccessTokenType)
            )
        );

        Assert.Equal(
            "gateway",
            Answer.Decode(granted.AccessToken!).Payload.GetProperty("act").GetProperty("sub").GetString()
        );
        Assert.Equal((HttpStatusCode.BadRequest, "invalid_request"), Of(refused));
        Assert.Equal((HttpStatusCode.BadRequest, "invalid_request"), Of(broken));
    }

    [Fact]
    public async Task A_token_whose_grant_has_ended_is_worth_nothing_and_what_came_of_it_neither()
    {
        using RelyingParty gateway = new(fixture.Host, "gateway");
        using RelyingParty api = new(fixture.Host, "orders-api");
        using RelyingParty web = new(fixture.Host);
        await web.SignInAsync(fixture.UserId);
        var tokens = await web.GetTokensAsync("openid offline_access orders");
        var exchanged = (
            await gateway.SendAsync(Request(gateway, tokens.AccessToken!, ("audience", "https://orders.example")))
        ).AccessToken!;
        Assert.Equal("True", (await api.IntrospectAsync(exchanged))["active"]);

        await web.SendAsync(web.Post("/connect/revoke", ("token", tokens.RefreshToken)));

        Assert.Equal(
            (HttpStatusCode.BadRequest, "invalid_request"),
            Of(await gateway.SendAsync(Request(gateway, tokens.AccessToken!, ("audience", "https://orders.example"))))
        );
        Assert.Equal("False", (await api.IntrospectAsync(exchanged))["active"]);
    }

    [Theory]
    [InlineData("audience", "https://elsewhere.example", "invalid_target")]
    [InlineData("resource", "https://elsewhere.example", "invalid_target")]
    [InlineData("x", "y", "invalid_target")]
    [InlineData("scope", "email", "invalid_scope")]
    [InlineData("requested_token_type", "urn:ietf:params:oauth:token-type:refresh_token", "invalid_request")]
    [InlineData("requested_token_type", "x", "invalid_request")]
    [InlineData("subject_token_type", "urn:ietf:params:oauth:token-type:id_token", "invalid_request")]
    [InlineData("subject_token", "x", "invalid_request")]
    [InlineData("subject_token", "eyJhbGciOiJub25lIn0.e30.", "invalid_request")]
    [InlineData("subject_token", "", "invalid_request")]
    [InlineData("actor_token_type", AccessTokenType, "invalid_request")]
    public async Task What_goes_beyond_the_policy_is_refused_by_its_name(string name, string value, string error)
    {
        using RelyingParty gateway = new(fixture.Host, "gateway");
        var subject = (await TokensAsync("openid email api")).AccessToken!;
        List<(string, string?)> form =
        [
            ("grant_type", ExtensionGrantFixture.ExchangeGrant),
            ("subject_token", subject),
            ("subject_token_type", AccessTokenType),
        ];
        if (name is not ("audience" or "resource" or "x"))
            form.Add(("audience", "https://api.example"));
        form.RemoveAll(field => field.Item1 == name);
        form.Add((name, value));

        Assert.Equal(
            (HttpStatusCode.BadRequest, error),
            Of(await gateway.SendAsync(gateway.Post("/connect/token", [.. form])))
        );
    }

    [Fact]
    public async Task Neither_foreign_subjects_nor_clients_without_the_grant_nor_a_token_without_a_person_get_anything()
    {
        using RelyingParty gateway = new(fixture.Host, "gateway");
        using RelyingParty web = new(fixture.Host);
        using RelyingParty spa = new(fixture.Host, "spa", "https://spa.example/callback");
        using RelyingParty service = new(fixture.Host, "service");
        await spa.SignInAsync(fixture.UserId);
        var foreign = (await spa.GetTokensAsync()).AccessToken!;
        var own = (
            await gateway.SendAsync(gateway.Post("/connect/token", ("grant_type", "client_credentials")))
        ).AccessToken!;
        var idToken = (await TokensAsync("openid")).IdToken!;

        Assert.Equal(
            (HttpStatusCode.BadRequest, "invalid_request"),
            Of(await gateway.SendAsync(Request(gateway, foreign, ("audience", "https://api.example"))))
        );
        Assert.Equal(
            (HttpStatusCode.BadRequest, "invalid_request"),
            Of(await gateway.SendAsync(Request(gateway, own, ("audience", "https://api.example"))))
        );
        Assert.Equal(
            (HttpStatusCode.BadRequest, "invalid_request"),
            Of(await gateway.SendAsync(Request(gateway, idToken, ("audience", "https://api.example"))))
        );
        Assert.Equal(
            (HttpStatusCode.BadRequest, "unauthorized_client"),
            Of(await service.SendAsync(Request(service, foreign, ("audience", "https://api.example"))))
        );
        Assert.Equal(
            (HttpStatusCode.BadRequest, "unauthorized_client"),
            Of(await web.SendAsync(Request(web, foreign, ("audience", "https://api.example"))))
        );
    }

    [Fact]
    public async Task Switched_off_the_grant_is_unknown()
    {
        await using var host = await IdentityHost.StartAsync(
            fixture.Database,
            new Dictionary<string, string?>(ExtensionGrantFixture.Settings)
            {
                ["Identity:Grants:TokenExchange"] = "false",
            }
        );
        using RelyingParty gateway = new(host, "gateway");

        Assert.Equal(
            "unsupported_grant_type",
            (await gateway.SendAsync(Request(gateway, "x", ("audience", "https://api.example")))).Error
        );
        Assert.DoesNotContain(
            "token-exchange",
            await gateway.Backchannel.GetStringAsync("/.well-known/openid-configuration"),
            StringComparison.Ordinal
        );
    }

    private static (HttpStatusCode, string?) Of(Answer answer) => (answer.Status, answer.Error);

    private static HttpRequestMessage Request(
        RelyingParty party,
        string subject,
        params (string Name, string? Value)[] more
    ) =>
        party.Post(
            "/connect/token",
            [
                ("grant_type", ExtensionGrantFixture.ExchangeGrant),
                ("subject_token", subject),
                ("subject_token_type", AccessTokenType),
                .. more,
            ]
        );

    private async Task<Answer> TokensAsync(string scope)
    {
        using RelyingParty web = new(fixture.Host);
        await web.SignInAsync(fixture.UserId);
        return await web.GetTokensAsync(scope);
    }
}
