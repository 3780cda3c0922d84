using System.Net;
using Identity.Testing;

namespace Identity.IntegrationTests.Protocol.Grants.Ciba;

/// <summary>CIBA in poll mode (OpenID CIBA Core 1.0) over HTTP: the client asks, the person decides on their account
/// page, the client polls.</summary>
public sealed class CibaFlowTests(ExtensionGrantFixture fixture) : IClassFixture<ExtensionGrantFixture>
{
    [Fact]
    public async Task The_person_sees_the_message_allows_it_and_the_client_gets_tokens_once()
    {
        using RelyingParty bank = new(fixture.Host, "bank");
        var (email, user) = await SomebodyAsync();
        using var browser = await fixture.PersonAsync(user);
        var asked = await AskAsync(
            bank,
            ("scope", "openid email offline_access"),
            ("login_hint", email),
            ("binding_message", "W4SCT")
        );
        Assert.Equal("authorization_pending", (await PollAsync(bank, asked)).Error);

        var page = await browser.GetAsync("/account/requests");
        var end = await browser.FollowAsync(await browser.SubmitAsync(page, [], "handler=Allow"));
        await fixture.LetTimePassAsync();
        var tokens = await PollAsync(bank, asked);

        Assert.Contains("The Bank", page.Text, StringComparison.Ordinal);
        Assert.Contains("W4SCT", page.Text, StringComparison.Ordinal);
        Assert.Contains("Allowed", end.Text, StringComparison.Ordinal);
        Assert.Equal(user.ToString("D"), Answer.Decode(tokens.IdToken!).Payload.GetProperty("sub").GetString());
        Assert.NotNull((await bank.RefreshAsync(tokens.RefreshToken!)).RefreshToken);
        Assert.Equal("invalid_grant", (await PollAsync(bank, asked)).Error);
        Assert.Equal(("120", "5"), (asked["expires_in"], asked["interval"]));
    }

    [Fact]
    public async Task An_ID_token_of_the_client_is_a_hint_as_well_and_a_denial_is_told()
    {
        using RelyingParty bank = new(fixture.Host, "bank");
        using RelyingParty web = new(fixture.Host);
        var (email, user) = await SomebodyAsync();
        using var browser = await fixture.PersonAsync(user);
        await web.SignInAsync(user);
        var first = await AskAsync(bank, ("scope", "openid"), ("login_hint", email));
        await browser.SubmitAsync(await browser.GetAsync("/account/requests"), [], "handler=Allow");
        var mine = (await PollAsync(bank, first)).IdToken!;
        var foreign = (await web.GetTokensAsync()).IdToken!;

        var asked = await AskAsync(bank, ("scope", "openid"), ("id_token_hint", mine), ("requested_expiry", "30"));
        var end = await browser.FollowAsync(
            await browser.SubmitAsync(await browser.GetAsync("/account/requests"), [], "handler=Deny")
        );
        var refused = await PollAsync(bank, asked);

        Assert.Equal("30", asked["expires_in"]);
        Assert.Contains("Denied", end.Text, StringComparison.Ordinal);
        Assert.Equal("access_denied", refused.Error);
        Assert.Equal(
            "invalid_request",
            (await StartAsync(bank, ("scope", "openid"), ("id_token_hint", foreign))).Error
        );
        Assert.Equal(
            "invalid_request",
            (await StartAsync(bank, ("scope", "openid"), ("id_token_hint", mine[..^4] + "AAAA"))).Error
        );
        Assert.Equal(
            "invalid_request",
            (await StartAsync(bank, ("scope", "openid"), ("id_token_hint", "eyJhbGciOiJub25lIn0.e30."))).Error
        );
    }

    [Fact]
    public async Task An_ID_token_with_a_subject_of_the_clients_own_is_a_hint_as_well()
    {
        using RelyingParty clinic = new(fixture.Host, "clinic");
        var (_, user) = await SomebodyAsync();
        using var browser = await fixture.PersonAsync(user);
        await clinic.SignInAsync(user);
        var mine = (await clinic.GetTokensAsync()).IdToken!;

        var asked = await AskAsync(clinic, ("scope", "openid"), ("id_token_hint", mine));
        await browser.SubmitAsync(await browser.GetAsync("/account/requests"), [], "handler=Allow");
        await fixture.LetTimePassAsync();
        var tokens = await PollAsync(clinic, asked);

        Assert.Equal(
            Answer.Decode(mine).Payload.GetProperty("sub").GetString(),
            Answer.Decode(tokens.IdToken!).Payload.GetProperty("sub").GetString()
        );
        Assert.NotEqual(user.ToString("D"), Answer.Decode(tokens.IdToken!).Payload.GetProperty("sub").GetString());
    }

    [Fact]
    public async Task EN_1_for_nobody_the_answer_the_polls_and_the_limit_are_those_for_somebody()
    {
        using RelyingParty bank = new(fixture.Host, "bank");
        var (email, _) = await SomebodyAsync();
        List<string> known = [],
            unknown = [];
        foreach (var (hint, seen) in new[] { (email, known), ($"nobody-{Guid.NewGuid():N}@example.com", unknown) })
        {
            for (var i = 0; i < 4; i++)
            {
                var (response, commands) = await fixture.Host.SendCountedAsync(
                    bank.Backchannel,
                    bank.Post("/connect/bc-authorize", ("scope", "openid"), ("login_hint", hint))
                );
                using (response)
                {
                    var asked = await Answer.ReadAsync(response);
                    var headers = response
                        .Headers.Select(static header => header.Key)
                        .Where(static name => name != "X-Correlation-Id")
                        .Order();
                    seen.Add(
                        $"{(int)asked.Status} {asked.Error} {asked["auth_req_id"]?.Length} {asked["expires_in"]} "
                            + $"{commands} {string.Join(',', headers)}"
                    );
                    if (i == 0)
                        seen.AddRange([(await PollAsync(bank, asked)).Error!, (await PollAsync(bank, asked)).Error!]);
                }
            }
        }

        Assert.Equal(known, unknown);
        Assert.Contains("400 access_denied", known[^1], StringComparison.Ordinal);
        Assert.Equal(["authorization_pending", "slow_down"], known.Skip(1).Take(2));
    }

    [Theory]
    [InlineData("bank", "email", "login_hint", "a@example.com", "invalid_scope")]
    [InlineData("bank", "openid profile", "login_hint", "a@example.com", "invalid_scope")]
    [InlineData("bank", "openid", "login_hint", "", "invalid_request")]
    [InlineData("bank", "openid", "login_hint_token", "x", "invalid_request")]
    [InlineData("service", "openid", "login_hint", "a@example.com", "unauthorized_client")]
    public async Task What_the_specification_refuses_is_refused_by_its_name(
        string clientId,
        string scope,
        string hint,
        string value,
        string error
    )
    {
        using RelyingParty party = new(fixture.Host, clientId);

        Assert.Equal((HttpStatusCode.BadRequest, error), Of(await StartAsync(party, ("scope", scope), (hint, value))));
    }

    [Theory]
    [InlineData("binding_message", "a\u202eb", "invalid_binding_message")]
    [InlineData("binding_message", "<b>", "invalid_binding_message")]
    [InlineData("requested_expiry", "0", "invalid_request")]
    [InlineData("requested_expiry", "-5", "invalid_request")]
    [InlineData("requested_expiry", "soon", "invalid_request")]
    [InlineData("requested_expiry", "99999999999999999999", "invalid_request")]
    [InlineData("id_token_hint", "x", "invalid_request")]
    public async Task Odd_parameters_are_refused(string name, string value, string error)
    {
        using RelyingParty bank = new(fixture.Host, "bank");

        Assert.Equal(
            (HttpStatusCode.BadRequest, error),
            Of(await StartAsync(bank, ("scope", "openid"), ("login_hint", "a@example.com"), (name, value)))
        );
    }

    [Fact]
    public async Task Only_the_client_that_asked_may_poll_and_only_the_person_may_decide()
    {
        using RelyingParty bank = new(fixture.Host, "bank");
        using RelyingParty liar = new(fixture.Host, "bank", secret: "wrong");
        var (email, user) = await SomebodyAsync();
        var (_, other) = await SomebodyAsync();
        using var stranger = await fixture.PersonAsync(other);
        using var person = await fixture.PersonAsync(user);
        var asked = await AskAsync(bank, ("scope", "openid"), ("login_hint", email));
        var id = (await person.GetAsync("/account/requests"))
            .Forms.First(static form => form.Action.EndsWith("Allow", StringComparison.Ordinal))
            .Fields.First(static field => field.Name == "id")
            .Value;
        var form = await stranger.GetAsync("/account/sessions");
        var token = form
            .Forms.SelectMany(static one => one.Fields)
            .First(static field => field.Name == "__RequestVerificationToken");

        using var content = new FormUrlEncodedContent([
            KeyValuePair.Create("id", id),
            KeyValuePair.Create(token.Name, token.Value),
        ]);
        using var posted = await stranger.Client.PostAsync("/account/requests?handler=Allow", content);

        Assert.Equal("/account/requests?done=gone", posted.Headers.Location?.OriginalString);
        Assert.Equal((HttpStatusCode.Unauthorized, "invalid_client"), Of(await PollAsync(liar, asked)));
        Assert.Equal(
            (HttpStatusCode.Unauthorized, "invalid_client"),
            Of(await StartAsync(liar, ("scope", "openid"), ("login_hint", email)))
        );
        Assert.Equal(
            (HttpStatusCode.BadRequest, "invalid_request"),
            Of(await bank.SendAsync(bank.Post("/connect/token", ("grant_type", ExtensionGrantFixture.CibaGrant))))
        );
        Assert.Equal("authorization_pending", (await PollAsync(bank, asked)).Error);
    }

    [Fact]
    public async Task Twenty_polls_at_once_on_two_instances_give_one_answer_with_tokens()
    {
        using RelyingParty one = new(fixture.Host, "bank");
        using RelyingParty two = new(fixture.Second, "bank");
        var (email, user) = await SomebodyAsync();
        using var browser = await fixture.PersonAsync(user);
        var asked = await AskAsync(one, ("scope", "openid"), ("login_hint", email));
        await browser.SubmitAsync(await browser.GetAsync("/account/requests"), [], "handler=Allow");

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => PollAsync(i % 2 == 0 ? one : two, asked)));

        Assert.Single(answers, static answer => answer.AccessToken is not null);
        Assert.All(
            answers.Where(static answer => answer.AccessToken is null),
            static answer => Assert.Equal("invalid_grant", answer.Error)
        );
    }

    [Fact]
    public async Task Discovery_names_it_and_by_default_it_is_off_altogether()
    {
        await using var plain = await IdentityHost.StartAsync(fixture.Database, ProtocolFixture.Settings);
        using var client = fixture.Host.CreateClient();
        using var other = plain.CreateClient();
        using var browser = await fixture.PersonAsync(host: plain);

        var document = System.Text.Json.JsonElement.Parse(
            await client.GetStringAsync("/.well-known/openid-configuration")
        );
        var without = await other.GetStringAsync("/.well-known/openid-configuration");
        using var endpoint = await other.PostAsync("/connect/bc-authorize", new FormUrlEncodedContent([]));

        Assert.Equal(
            $"{fixture.Host.Issuer}/connect/bc-authorize",
            document.GetProperty("backchannel_authentication_endpoint").GetString()
        );
        Assert.Equal(
            ["poll"],
            document
                .GetProperty("backchannel_token_delivery_modes_supported")
                .EnumerateArray()
                .Select(static mode => mode.GetString())
        );
        Assert.Contains(
            ExtensionGrantFixture.CibaGrant,
            document.GetProperty("grant_types_supported").EnumerateArray().Select(static grant => grant.GetString())
        );
        Assert.DoesNotContain("backchannel_auth", without, StringComparison.Ordinal);
        Assert.DoesNotContain("ciba", without, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, endpoint.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await browser.GetAsync("/account/requests")).Status);
        Assert.DoesNotContain("/account/requests", (await browser.GetAsync("/account")).Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Odd_values_in_every_field_never_make_us_fail()
    {
        using RelyingParty bank = new(fixture.Host, "bank");
        string[] fields =
        [
            "scope",
            "login_hint",
            "id_token_hint",
            "login_hint_token",
            "binding_message",
            "requested_expiry",
            "acr_values",
            "user_code",
            "client_notification_token",
            "auth_req_id",
            "request",
        ];
        string[] values =
        [
            "",
            " ",
            "\u202e",
            "a\r\nb",
            "'; DROP TABLE users; --",
            "{}",
            new string('x', 20_000),
            "\u0001",
            "-1",
            "a.b.c",
            "\ufffd",
            "😀@example.com",
        ];
        List<string> failures = [];

        foreach (var field in fields)
        {
            foreach (var value in values)
            {
                var asked = await StartAsync(
                    bank,
                    [
                        .. new (string Name, string? Value)[]
                        {
                            ("scope", "openid"),
                            ("login_hint", "odd@example.com"),
                        }.Where(one => one.Name != field),
                        (field, value),
                    ]
                );
                var polled = await bank.SendAsync(
                    bank.Post("/connect/token", ("grant_type", ExtensionGrantFixture.CibaGrant), (field, value))
                );
                failures.AddRange(
                    new[] { asked, polled }
                        .Where(static answer => (int)answer.Status >= 500)
                        .Select(answer => $"{field}={value[..Math.Min(20, value.Length)]}: {(int)answer.Status}")
                );
            }
        }
        using HttpRequestMessage twice = new(HttpMethod.Post, "/connect/bc-authorize")
        {
            Content = new StringContent(
                "client_id=bank&scope=openid&scope=openid",
                System.Text.Encoding.UTF8,
                "application/x-www-form-urlencoded"
            ),
        };
        using HttpRequestMessage nul = new(HttpMethod.Post, "/connect/bc-authorize")
        {
            Content = new StringContent(
                "client_id=bank&login_hint=%00",
                System.Text.Encoding.UTF8,
                "application/x-www-form-urlencoded"
            ),
        };

        Assert.Empty(failures);
        Assert.Equal((HttpStatusCode.BadRequest, "invalid_request"), Of(await bank.SendAsync(twice)));
        Assert.Equal((HttpStatusCode.BadRequest, "invalid_request"), Of(await bank.SendAsync(nul)));
    }

    private static (HttpStatusCode, string?) Of(Answer answer) => (answer.Status, answer.Error);

    private static Task<Answer> StartAsync(RelyingParty party, params (string Name, string? Value)[] form) =>
        party.SendAsync(party.Post("/connect/bc-authorize", form));

    private static async Task<Answer> AskAsync(RelyingParty party, params (string Name, string? Value)[] form)
    {
        var answer = await StartAsync(party, form);
        Assert.Equal((HttpStatusCode.OK, null), Of(answer));
        return answer;
    }

    private static Task<Answer> PollAsync(RelyingParty party, Answer asked) =>
        party.SendAsync(
            party.Post(
                "/connect/token",
                ("grant_type", ExtensionGrantFixture.CibaGrant),
                ("auth_req_id", asked["auth_req_id"])
            )
        );

    private async Task<(string Email, Guid Id)> SomebodyAsync()
    {
        var email = $"person-{Guid.NewGuid():N}@example.com";
        return (email, await RelyingParty.CreateUserAsync(fixture.Database, email));
    }
}
