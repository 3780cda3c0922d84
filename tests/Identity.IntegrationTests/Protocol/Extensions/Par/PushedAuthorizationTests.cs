using System.Net;
using System.Net.Http.Headers;
using Identity.Testing;
using Microsoft.AspNetCore.WebUtilities;

namespace Identity.IntegrationTests.Protocol.Extensions.Par;

/// <summary>Pushed authorization requests (RFC 9126) over HTTP.</summary>
public sealed class PushedAuthorizationTests(KeyClientFixture fixture) : IClassFixture<KeyClientFixture>
{
    [Fact]
    public async Task A_pushed_request_is_answered_201_with_a_name_for_60_seconds_in_two_commands_and_leads_to_tokens()
    {
        using var party = await fixture.SignedInAsync(KeyClientFixture.Pushing);

        var (response, commands) = await fixture.One.SendCountedAsync(
            party.Backchannel,
            fixture.Post("/connect/par", party.ClientId, KeyClientFixture.ParametersOf(party))
        );

        using (response)
        {
            var pushed = await Answer.ReadAsync(response);
            Assert.Equal((HttpStatusCode.Created, 2), (response.StatusCode, commands));
            Assert.True(response.Headers.CacheControl?.NoStore);
            Assert.Equal(
                ["expires_in", "request_uri"],
                pushed.Json.EnumerateObject().Select(static member => member.Name).Order()
            );
            Assert.Equal("60", pushed["expires_in"]);
            Assert.StartsWith("urn:ietf:params:oauth:request_uri:", pushed["request_uri"]);
            using HttpRequestMessage authorize = new(
                HttpMethod.Get,
                KeyClientFixture.AuthorizeUrl(party.ClientId, pushed["request_uri"]!)
            );
            var (answer, sql) = await fixture.One.SendCountedAsync(party.Browser, authorize);
            using (answer)
            {
                // Taken, kept for the person, session, code, finished.
                Assert.Equal(5, sql);
                var parameters = party.AnswerOf(answer);
                Assert.Equal(["code", "iss", "session_state", "state"], parameters.Keys.Order());
                Assert.NotNull((await fixture.RedeemAsync(party, parameters["code"])).IdToken);
            }
        }
    }

    [Fact]
    public async Task Every_way_of_authenticating_pushes_and_a_public_client_may_too()
    {
        using var secret = new RelyingParty(fixture.One);
        using var open = new RelyingParty(fixture.One, "spa", "https://spa.example/callback");

        foreach (var party in new[] { secret, open })
        {
            var fields = KeyClientFixture
                .ParametersOf(party)
                .Where(static field => field.Key != "client_id")
                .Select(static field => (field.Key, (string?)field.Value))
                .ToArray();
            var pushed = await party.SendAsync(party.Post("/connect/par", fields));
            Assert.Equal(HttpStatusCode.Created, pushed.Status);
            await party.SignInAsync(fixture.UserId);
            using var answer = await party.Browser.GetAsync(
                KeyClientFixture.AuthorizeUrl(party.ClientId, pushed["request_uri"]!)
            );
            Assert.NotNull((await party.RedeemAsync(party.AnswerOf(answer)["code"])).AccessToken);
        }
    }

    [Fact]
    public async Task Whoever_cannot_prove_to_be_the_client_pushes_nothing()
    {
        using var party = new RelyingParty(fixture.One, KeyClientFixture.Keyed, KeyClientFixture.RedirectUri);
        using ClientKeyPair stranger = new("k1");
        var parameters = KeyClientFixture
            .ParametersOf(party)
            .Append(new("client_assertion_type", ClientKeyPair.AssertionType))
            .ToArray();
        var rows = await RowsAsync();

        var unproved = await party.SendAsync(Form(KeyClientFixture.ParametersOf(party)));
        var forged = await party.SendAsync(
            Form([
                .. parameters,
                new("client_assertion", stranger.Assertion(KeyClientFixture.Keyed, fixture.One.Issuer)),
            ])
        );
        var unknown = await party.SendAsync(
            Form([
                .. parameters.Where(static field => field.Key != "client_id"),
                new("client_assertion", fixture.Key.Assertion("nobody", fixture.One.Issuer)),
            ])
        );
        var twice = await party.SendAsync(
            Form([
                .. parameters,
                new("client_assertion", fixture.Key.Assertion(KeyClientFixture.Keyed, fixture.One.Issuer)),
                new("client_secret", "x"),
            ])
        );
        var nobody = await party.SendAsync(Form([]));

        Assert.Equal((HttpStatusCode.Unauthorized, "invalid_client"), (unproved.Status, unproved.Error));
        Assert.Equal((HttpStatusCode.Unauthorized, "invalid_client"), (forged.Status, forged.Error));
        Assert.Equal((HttpStatusCode.Unauthorized, "invalid_client"), (unknown.Status, unknown.Error));
        Assert.Equal((HttpStatusCode.BadRequest, "invalid_request"), (twice.Status, twice.Error));
        Assert.Equal((HttpStatusCode.BadRequest, "invalid_request"), (nobody.Status, nobody.Error));
        Assert.Equal(rows, await RowsAsync());
    }

    [Theory]
    [InlineData("response_type", "token", "unsupported_response_type")]
    [InlineData("response_type", null, "invalid_request")]
    [InlineData("response_mode", "web_message", "invalid_request")]
    [InlineData("redirect_uri", "https://evil.example/callback", "invalid_request")]
    [InlineData("redirect_uri", null, "invalid_request")]
    [InlineData("code_challenge", null, "invalid_request")]
    [InlineData("code_challenge", "short", "invalid_request")]
    [InlineData("code_challenge_method", "plain", "invalid_request")]
    [InlineData("scope", "openid unheard-of", "invalid_scope")]
    [InlineData("prompt", "none login", "invalid_request")]
    [InlineData("max_age", "soon", "invalid_request")]
    [InlineData("request_uri", "urn:ietf:params:oauth:request_uri:abc", "invalid_request")]
    [InlineData("request", "eyJhbGciOiJub25lIn0.e30.", "invalid_request_object")]
    public async Task What_authorize_would_refuse_is_refused_when_it_is_pushed(string name, string? value, string error)
    {
        using var party = new RelyingParty(fixture.One, KeyClientFixture.Keyed, KeyClientFixture.RedirectUri);

        var answer = await party.SendAsync(
            fixture.Post("/connect/par", party.ClientId, KeyClientFixture.ParametersOf(party, "openid", (name, value)))
        );

        Assert.Equal((HttpStatusCode.BadRequest, error), (answer.Status, answer.Error));
        Assert.Null(answer["request_uri"]);
    }

    [Fact]
    public async Task Of_twenty_uses_at_once_on_two_instances_one_gets_a_code()
    {
        using var one = await fixture.SignedInAsync();
        using var two = await fixture.SignedInAsync(host: fixture.Two);
        var url = await fixture.PushAsync(one);

        var answers = await Task.WhenAll(
            Enumerable
                .Range(0, 20)
                .Select(async i =>
                {
                    using var response = await (i % 2 == 0 ? one : two).Browser.GetAsync(url);
                    return response.StatusCode == HttpStatusCode.SeeOther ? one.AnswerOf(response) : null;
                })
        );

        Assert.NotNull(
            (
                await fixture.RedeemAsync(one, Assert.Single(answers.OfType<Dictionary<string, string>>())["code"])
            ).AccessToken
        );
    }

    [Fact]
    public async Task A_request_that_was_begun_gives_one_code_however_often_the_person_comes_back()
    {
        using var party = new RelyingParty(fixture.One, KeyClientFixture.Keyed, KeyClientFixture.RedirectUri);
        using var asked = await party.Browser.GetAsync(await fixture.PushAsync(party));
        var back = Uri.UnescapeDataString(asked.Headers.Location!.OriginalString.Split("returnUrl=")[1]);
        await party.SignInAsync(fixture.UserId);

        var answers = await Task.WhenAll(
            Enumerable
                .Range(0, 20)
                .Select(async _ =>
                {
                    using var response = await party.Browser.GetAsync(back);
                    return response.StatusCode == HttpStatusCode.SeeOther
                        ? party.AnswerOf(response).GetValueOrDefault("code")
                        : null;
                })
        );

        Assert.NotNull((await fixture.RedeemAsync(party, Assert.Single(answers.OfType<string>()))).AccessToken);
        Assert.DoesNotContain("urn%3aietf", asked.Headers.Location.OriginalString, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("redirect_uri", back, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_is_for_its_client_for_a_minute_and_for_nothing_that_the_URL_adds()
    {
        using var party = await fixture.SignedInAsync();
        var late = await fixture.PushAsync(party);
        await fixture.Database.ExecuteAsync(
            "UPDATE idp.grants SET expires_at = now() - interval '1 second' WHERE kind = 'pushed_request'"
        );
        var url = await fixture.PushAsync(party);
        var requestUri = QueryHelpers.ParseQuery(url.Split('?')[1])["request_uri"].ToString();

        using var expired = await party.Browser.GetAsync(late);
        using var foreign = await party.Browser.GetAsync(
            KeyClientFixture.AuthorizeUrl(KeyClientFixture.Pushing, requestUri)
                + "&redirect_uri="
                + Uri.EscapeDataString(KeyClientFixture.RedirectUri)
        );
        using var nameless = await party.Browser.GetAsync(
            "/connect/authorize?request_uri=" + Uri.EscapeDataString(requestUri)
        );
        using var own = await party.Browser.GetAsync(
            url + "&state=added&scope=unheard-of&redirect_uri=" + Uri.EscapeDataString("https://evil.example/")
        );
        using var again = await party.Browser.GetAsync(url);

        foreach (var refused in new[] { expired, foreign, nameless, again })
        {
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
            Assert.Null(refused.Headers.Location);
        }
        Assert.Equal("state-1", party.AnswerOf(own)["state"]);
    }

    [Fact]
    public async Task A_client_that_must_push_is_heard_in_no_other_way()
    {
        using var party = await fixture.SignedInAsync(KeyClientFixture.Pushing);

        var answer = await party.AuthorizeAsync();

        Assert.Equal(("invalid_request", "state-1"), (answer["error"], answer["state"]));
    }

    [Fact]
    public async Task The_provider_may_ask_it_of_every_client_and_says_so()
    {
        await using var host = await IdentityHost.StartAsync(
            fixture.Database,
            new Dictionary<string, string?>(ProtocolFixture.Settings)
            {
                ["Identity:PushedAuthorization:Required"] = "true",
            }
        );
        using RelyingParty party = new(host);
        await party.SignInAsync(fixture.UserId);

        var plain = await party.AuthorizeAsync();
        var pushed = await party.SendAsync(
            party.Post(
                "/connect/par",
                [
                    .. KeyClientFixture
                        .ParametersOf(party)
                        .Where(static field => field.Key != "client_id")
                        .Select(static field => (field.Key, (string?)field.Value)),
                ]
            )
        );
        using var answer = await party.Browser.GetAsync(
            KeyClientFixture.AuthorizeUrl(party.ClientId, pushed["request_uri"]!)
        );

        Assert.Equal("invalid_request", plain["error"]);
        Assert.Contains("code", party.AnswerOf(answer).Keys);
        Assert.Contains(
            "\"require_pushed_authorization_requests\":true",
            await party.Backchannel.GetStringAsync("/.well-known/openid-configuration")
        );
    }

    [Fact]
    public async Task An_error_is_an_answer_too_and_ends_the_request()
    {
        using var party = new RelyingParty(fixture.One, KeyClientFixture.Keyed, KeyClientFixture.RedirectUri);
        var url = await fixture.PushAsync(party, "openid", ("prompt", "none"));

        var before = await OpenAsync();

        using var first = await party.Browser.GetAsync(url);

        Assert.Equal("login_required", party.AnswerOf(first)["error"]);
        Assert.Equal(before, await OpenAsync());
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("PUT")]
    public async Task Only_a_posted_form_pushes(string method)
    {
        using var party = new RelyingParty(fixture.One, KeyClientFixture.Keyed, KeyClientFixture.RedirectUri);
        using HttpRequestMessage json = new(HttpMethod.Post, "/connect/par")
        {
            Content = new StringContent("{}", new MediaTypeHeaderValue("application/json")),
        };

        var other = await party.SendAsync(new HttpRequestMessage(new HttpMethod(method), "/connect/par"));
        var posted = await party.SendAsync(json);

        Assert.InRange((int)other.Status, 400, 499);
        Assert.Equal("invalid_request", posted.Error);
    }

    private static HttpRequestMessage Form(IEnumerable<KeyValuePair<string, string>> fields) =>
        new(HttpMethod.Post, "/connect/par") { Content = new FormUrlEncodedContent(fields) };

    private Task<long> OpenAsync() => fixture.Database.ScalarAsync<long>("SELECT count(*) FROM idp.begun_requests");

    private Task<long> RowsAsync() =>
        fixture.Database.ScalarAsync<long>("SELECT count(*) FROM idp.grants WHERE kind = 'pushed_request'");
}
