using System.Net;
using Identity.Testing;

namespace Identity.IntegrationTests.Protocol.Grants.Device;

/// <summary>The device grant (RFC 8628) over HTTP, from the television to its tokens, with the person at the page
/// between.</summary>
public sealed class DeviceFlowTests(ExtensionGrantFixture fixture) : IClassFixture<ExtensionGrantFixture>
{
    [Fact]
    public async Task A_device_gets_tokens_once_the_person_typed_its_code_and_allowed_it()
    {
        using RelyingParty tv = new(fixture.Host, "tv");
        using var browser = await fixture.PersonAsync();
        var device = await AskAsync(tv, "openid email offline_access");
        Assert.Equal("authorization_pending", (await PollAsync(tv, device)).Error);

        var question = await browser.FollowAsync(
            await browser.SubmitAsync(
                await browser.GetAsync("/device"),
                [("Input.Code", device["user_code"]!.ToLowerInvariant())]
            )
        );
        var end = await browser.FollowAsync(await browser.SubmitAsync(question, [("decision", "allow")]));
        await fixture.LetTimePassAsync();
        var (tokens, commands) = await CountAsync(tv, PollRequest(tv, device));

        Assert.Contains("Television", question.Text, StringComparison.Ordinal);
        Assert.Contains(device["user_code"]!, question.Text, StringComparison.Ordinal);
        Assert.Contains("ada@example.com", question.Text, StringComparison.Ordinal);
        Assert.Contains("127.0.0.1", question.Text, StringComparison.Ordinal);
        Assert.Contains("See your email address", question.Text, StringComparison.Ordinal);
        Assert.Contains(
            "img-src 'self' data: https://cdn.example",
            question.Header("Content-Security-Policy"),
            StringComparison.Ordinal
        );
        Assert.Contains("Your device is connected", end.Text, StringComparison.Ordinal);
        Assert.Equal(2, commands);
        Assert.Equal("openid email offline_access", tokens["scope"]);
        Assert.Equal("tv", Answer.Decode(tokens.IdToken!).Payload.GetProperty("aud").GetString());
        Assert.Equal("ada@example.com", (await tv.UserInfoAsync(tokens.AccessToken!))["email"]);
        var refreshed = await tv.RefreshAsync(tokens.RefreshToken!);
        Assert.NotNull(refreshed.RefreshToken);
        Assert.Equal("invalid_grant", (await PollAsync(tv, device)).Error);
        Assert.Equal(
            1L,
            await fixture.Database.ScalarAsync<long>(
                "SELECT count(*) FROM public.audit_logs WHERE event_type = 'token_issued' "
                    + "AND details ->> 'session_id' = @sid",
                ("sid", Answer.Decode(tokens.AccessToken!).Payload.GetProperty("sid").GetString()!)
            )
        );
    }

    [Fact]
    public async Task The_answer_to_the_device_is_that_of_the_RFC_and_costs_one_command_as_does_a_poll()
    {
        using RelyingParty tv = new(fixture.Host, "tv");

        var (device, commands) = await CountAsync(tv, tv.Post("/connect/device", ("scope", "openid")));
        var (pending, polled) = await CountAsync(tv, PollRequest(tv, device));

        Assert.Equal((1, 1), (commands, polled));
        Assert.Equal(HttpStatusCode.OK, device.Status);
        Assert.Matches("^[A-Z]{4}-[A-Z]{4}$", device["user_code"]);
        Assert.Equal($"{fixture.Host.Issuer}/device", device["verification_uri"]);
        Assert.Equal(
            $"{fixture.Host.Issuer}/device?user_code={device["user_code"]}",
            device["verification_uri_complete"]
        );
        Assert.Equal(("600", "5"), (device["expires_in"], device["interval"]));
        Assert.Equal((HttpStatusCode.BadRequest, "authorization_pending"), (pending.Status, pending.Error));
    }

    [Fact]
    public async Task Without_offline_access_there_is_no_refresh_token_and_the_session_ends_with_the_token()
    {
        using RelyingParty box = new(fixture.Host, "box");
        var device = await AskAsync(box, null);

        await DecideAsync(device, "allow");
        var tokens = await PollAsync(box, device);

        Assert.NotNull(tokens.AccessToken);
        Assert.Null(tokens.RefreshToken);
        Assert.Equal("openid", tokens["scope"]);
        var sid = Guid.Parse(Answer.Decode(tokens.AccessToken!).Payload.GetProperty("sid").GetString()!);
        Assert.True(
            await fixture.Database.ScalarAsync<bool>(
                "SELECT expires_at < now() + interval '11 minutes' FROM public.sessions WHERE id = @id",
                ("id", sid)
            )
        );
    }

    [Fact]
    public async Task Polling_too_fast_slows_down_and_a_denial_is_told()
    {
        using RelyingParty tv = new(fixture.Host, "tv");
        var device = await AskAsync(tv, "openid");

        var first = await PollAsync(tv, device);
        var second = await PollAsync(tv, device);
        var end = await DecideAsync(device, "perhaps");
        var last = await PollAsync(tv, device);

        Assert.Equal(("authorization_pending", "slow_down", "access_denied"), (first.Error, second.Error, last.Error));
        Assert.Contains("Access denied", end.Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, last.Status);
    }

    [Fact]
    public async Task A_request_that_is_too_old_is_expired_for_the_device_and_gone_for_the_person()
    {
        using RelyingParty tv = new(fixture.Host, "tv");
        using var browser = await fixture.PersonAsync();
        var device = await AskAsync(tv, "openid");
        var question = await TypeAsync(browser, device["user_code"]!);
        await fixture.Database.ExecuteAsync(
            "UPDATE idp.grants SET created_at = now() - interval '1 hour', expires_at = now() - interval '1 second' "
                + "WHERE consumed_at IS NULL AND kind = 'device_code'"
        );

        var end = await browser.FollowAsync(await browser.SubmitAsync(question, [("decision", "allow")]));
        var poll = await PollAsync(tv, device);

        Assert.Contains("This request has expired", end.Text, StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.BadRequest, "expired_token"), (poll.Status, poll.Error));
    }

    [Theory]
    [InlineData("service", "openid", null, "unauthorized_client")]
    [InlineData("tv", "openid profile", null, "invalid_scope")]
    [InlineData("tv", "openid", "https://orders.example", "invalid_target")]
    [InlineData("tv", "openid", "not a uri", "invalid_target")]
    public async Task What_a_client_may_not_ask_for_is_refused_by_its_name(
        string clientId,
        string scope,
        string? resource,
        string error
    )
    {
        using RelyingParty party = new(fixture.Host, clientId);

        var answer = await party.SendAsync(party.Post("/connect/device", ("scope", scope), ("resource", resource)));

        Assert.Equal((HttpStatusCode.BadRequest, error), (answer.Status, answer.Error));
    }

    [Fact]
    public async Task Clients_prove_themselves_and_codes_belong_to_who_asked()
    {
        using RelyingParty tv = new(fixture.Host, "tv");
        using RelyingParty box = new(fixture.Host, "box");
        using RelyingParty liar = new(fixture.Host, "box", secret: "wrong");
        using RelyingParty nobody = new(fixture.Host, "nobody");
        var device = await AskAsync(tv, "openid");
        using HttpRequestMessage get = new(HttpMethod.Get, "/connect/device?client_id=tv");

        Assert.Equal(
            (HttpStatusCode.Unauthorized, "invalid_client"),
            await ErrorAsync(liar, liar.Post("/connect/device", ("scope", "openid")))
        );
        Assert.Equal(
            (HttpStatusCode.Unauthorized, "invalid_client"),
            await ErrorAsync(nobody, nobody.Post("/connect/device", ("scope", "openid")))
        );
        Assert.Equal((HttpStatusCode.BadRequest, "invalid_grant"), await ErrorAsync(box, PollRequest(box, device)));
        Assert.Equal(
            (HttpStatusCode.BadRequest, "invalid_request"),
            await ErrorAsync(tv, tv.Post("/connect/token", ("grant_type", ExtensionGrantFixture.DeviceGrant)))
        );
        Assert.Equal(
            (HttpStatusCode.BadRequest, "invalid_grant"),
            await ErrorAsync(
                tv,
                tv.Post("/connect/token", ("grant_type", ExtensionGrantFixture.DeviceGrant), ("device_code", "x"))
            )
        );
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await tv.Backchannel.SendAsync(get)).StatusCode);
        using RelyingParty service = new(fixture.Host, "service");
        Assert.Equal(
            (HttpStatusCode.BadRequest, "unauthorized_client"),
            await ErrorAsync(service, PollRequest(service, device))
        );
    }

    [Fact]
    public async Task Twenty_polls_at_once_on_two_instances_give_one_answer_with_tokens()
    {
        using RelyingParty one = new(fixture.Host, "tv");
        using RelyingParty two = new(fixture.Second, "tv");
        var device = await AskAsync(one, "openid offline_access");
        await DecideAsync(device, "allow");
        var before = await FamiliesAsync();

        var answers = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(i => PollAsync(i % 2 == 0 ? one : two, device))
        );

        Assert.Single(answers, static answer => answer.AccessToken is not null);
        Assert.All(
            answers.Where(static answer => answer.AccessToken is null),
            static answer => Assert.Equal("invalid_grant", answer.Error)
        );
        Assert.Equal(1, await FamiliesAsync() - before);
    }

    [Fact]
    public async Task Of_yes_and_no_at_once_one_counts()
    {
        using RelyingParty tv = new(fixture.Host, "tv");
        using var here = await fixture.PersonAsync();
        using var there = await fixture.PersonAsync(host: fixture.Second);
        for (var round = 0; round < 10; round++)
        {
            var device = await AskAsync(tv, "openid");
            var (yes, no) = (await TypeAsync(here, device["user_code"]!), await TypeAsync(there, device["user_code"]!));

            var ends = await Task.WhenAll(
                here.SubmitAsync(yes, [("decision", "allow")]),
                there.SubmitAsync(no, [("decision", "deny")])
            );

            var winner = Assert.Single(ends, static end => end.Location != "/device?done=gone");
            var poll = await PollAsync(tv, device);
            Assert.Equal(winner.Location == "/device?done=allowed", poll.AccessToken is not null);
            Assert.Equal(winner.Location == "/device?done=allowed" ? null : "access_denied", poll.Error);
        }
    }

    private static async Task<(Answer Answer, int Commands)> CountAsync(
        RelyingParty party,
        HttpRequestMessage request,
        IdentityHost host
    )
    {
        var (response, commands) = await host.SendCountedAsync(party.Backchannel, request);
        using (response)
            return (await Answer.ReadAsync(response), commands);
    }

    private Task<(Answer Answer, int Commands)> CountAsync(RelyingParty party, HttpRequestMessage request) =>
        CountAsync(party, request, fixture.Host);

    private static async Task<(HttpStatusCode, string?)> ErrorAsync(RelyingParty party, HttpRequestMessage request)
    {
        var answer = await party.SendAsync(request);
        return (answer.Status, answer.Error);
    }

    private static async Task<Answer> AskAsync(RelyingParty party, string? scope)
    {
        var answer = await party.SendAsync(party.Post("/connect/device", ("scope", scope)));
        Assert.Null(answer.Error);
        return answer;
    }

    private static HttpRequestMessage PollRequest(RelyingParty party, Answer device) =>
        party.Post(
            "/connect/token",
            ("grant_type", ExtensionGrantFixture.DeviceGrant),
            ("device_code", device["device_code"])
        );

    private static Task<Answer> PollAsync(RelyingParty party, Answer device) =>
        party.SendAsync(PollRequest(party, device));

    private static async Task<VisitedPage> TypeAsync(PageBrowser browser, string code)
    {
        var question = await browser.FollowAsync(
            await browser.SubmitAsync(await browser.GetAsync("/device"), [("Input.Code", code)])
        );
        Assert.Contains("Connect this device?", question.Text, StringComparison.Ordinal);
        return question;
    }

    private async Task<VisitedPage> DecideAsync(Answer device, string decision)
    {
        using var browser = await fixture.PersonAsync();
        return await browser.FollowAsync(
            await browser.SubmitAsync(await TypeAsync(browser, device["user_code"]!), [("decision", decision)])
        );
    }

    private async Task<long> FamiliesAsync() =>
        await fixture.Database.ScalarAsync<long>("SELECT count(*) FROM idp.token_families");
}
