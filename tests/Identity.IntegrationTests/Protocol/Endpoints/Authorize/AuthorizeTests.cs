using System.Net;
using Identity.Core.Audit;
using Identity.Core.Grants;
using Identity.Core.Sessions;
using Identity.Testing;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;

namespace Identity.IntegrationTests.Protocol.Endpoints.Authorize;

/// <summary>The authorize endpoint (RFC 6749 4.1, RFC 7636, RFC 9207, OIDC Core 3.1.2).</summary>
public sealed class AuthorizeTests(ProtocolFixture fixture) : IClassFixture<ProtocolFixture>
{
    [Fact]
    public async Task A_session_gives_a_code_with_state_and_issuer_for_two_commands()
    {
        using var party = await fixture.SignedInAsync();
        using HttpRequestMessage request = new(HttpMethod.Get, party.AuthorizeUrl());

        var (response, commands) = await fixture.Host.SendCountedAsync(party.Browser, request);

        using (response)
        {
            var answer = party.AnswerOf(response);
            Assert.Equal(["code", "iss", "session_state", "state"], answer.Keys.Order());
            Assert.Equal("state-1", answer["state"]);
            Assert.Equal(fixture.Host.Issuer, answer["iss"]);
            Assert.Equal(2, commands);
        }
    }

    [Fact]
    public async Task Without_a_session_the_person_is_sent_to_sign_in_and_comes_back_to_the_same_request()
    {
        using RelyingParty party = new(fixture.Host);
        using var response = await party.Browser.GetAsync(party.AuthorizeUrl());
        var back = ReturnUrlOf(response, "/sign-in");

        await party.SignInAsync(fixture.UserId);
        using var resumed = await party.Browser.GetAsync(back);

        Assert.Contains("code", party.AnswerOf(resumed).Keys);
    }

    [Theory]
    [InlineData("response_type", "token", "unsupported_response_type")]
    [InlineData("response_type", "code id_token", "unsupported_response_type")]
    [InlineData("response_type", null, "invalid_request")]
    [InlineData("response_mode", "fragment", "invalid_request")]
    [InlineData("code_challenge", null, "invalid_request")]
    [InlineData("code_challenge", "short", "invalid_request")]
    [InlineData("code_challenge_method", "plain", "invalid_request")]
    [InlineData("code_challenge_method", null, "invalid_request")]
    [InlineData("scope", "openid unheard-of", "invalid_scope")]
    [InlineData("prompt", "none login", "invalid_request")]
    [InlineData("prompt", "dance", "invalid_request")]
    [InlineData("max_age", "soon", "invalid_request")]
    [InlineData("max_age", "-1", "invalid_request")]
    [InlineData("request", "eyJhbGciOiJub25lIn0.e30.", "invalid_request_object")]
    [InlineData("request_uri", "https://evil.example/request", "request_uri_not_supported")]
    public async Task A_faulty_request_of_a_known_client_is_answered_at_its_redirect_uri(
        string name,
        string? value,
        string error
    )
    {
        using var party = await fixture.SignedInAsync();

        var answer = await party.AuthorizeAsync("openid", (name, value));

        Assert.Equal(error, answer["error"]);
        Assert.Equal("state-1", answer["state"]);
        Assert.Equal(fixture.Host.Issuer, answer["iss"]);
        Assert.DoesNotContain("error_uri", answer.Keys);
    }

    [Theory]
    [InlineData("client_id", "nobody")]
    [InlineData("client_id", null)]
    [InlineData("redirect_uri", "https://evil.example/callback")]
    [InlineData("redirect_uri", "https://app.example/callback/")]
    [InlineData("redirect_uri", "https://app.example/callback?x=1")]
    [InlineData("redirect_uri", null)]
    public async Task Where_client_or_redirect_uri_are_in_doubt_nothing_is_redirected(string name, string? value)
    {
        using var party = await fixture.SignedInAsync();

        using var response = await party.Browser.GetAsync(party.AuthorizeUrl("openid", (name, value)));

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Null(response.Headers.Location);
    }

    [Theory]
    [InlineData("redirect_uri", "https://evil.example/callback")]
    [InlineData("client_id", "nobody")]
    public async Task A_person_sees_a_page_with_the_id_by_which_the_log_knows_the_refusal(string name, string value)
    {
        using RelyingParty party = new(fixture.Host);
        using HttpRequestMessage request = new(HttpMethod.Get, party.AuthorizeUrl("openid", (name, value)));
        request.Headers.Accept.ParseAdd("text/html");

        using var response = await party.Browser.SendAsync(request);

        var html = await response.Content.ReadAsStringAsync();
        Assert.Equal(
            (HttpStatusCode.BadRequest, "text/html"),
            (response.StatusCode, response.Content.Headers.ContentType?.MediaType)
        );
        Assert.Contains(response.Headers.GetValues("X-Correlation-Id").Single(), html);
        Assert.DoesNotContain(value, html);
    }

    [Fact]
    public async Task Prompt_none_without_a_session_says_login_required()
    {
        using RelyingParty party = new(fixture.Host);

        Assert.Equal("login_required", (await party.AuthorizeAsync("openid", ("prompt", "none")))["error"]);
    }

    [Theory]
    [InlineData("prompt", "login")]
    [InlineData("max_age", "0")]
    public async Task A_new_sign_in_is_asked_for_once_and_only_a_new_proof_satisfies_it(string name, string value)
    {
        using var party = await fixture.SignedInAsync();
        using var first = await party.Browser.GetAsync(party.AuthorizeUrl("openid", (name, value)));
        var back = ReturnUrlOf(first, "/sign-in");

        using var unproved = await party.Browser.GetAsync(back);
        var backAgain = ReturnUrlOf(unproved, "/sign-in");
        var sessions = fixture.Host.Services.GetRequiredService<SessionStarter>();
        var token = await sessions.MarkStepUpAsync(
            party.Session!.Id,
            new(party.Session.UserId, party.Session.CredentialVersion),
            ["pwd"],
            null,
            new RequestContext(null, null, null),
            CancellationToken.None
        );
        party.UseCookie(token!.Value);
        using var proved = await party.Browser.GetAsync(backAgain);

        Assert.Contains("code", party.AnswerOf(proved).Keys);
    }

    [Fact]
    public async Task A_marker_of_one_request_is_worth_nothing_in_another()
    {
        using var party = await fixture.SignedInAsync();
        using var first = await party.Browser.GetAsync(party.AuthorizeUrl("openid", ("prompt", "login")));
        var marker = QueryHelpers
            .ParseQuery(new Uri("http://x" + ReturnUrlOf(first, "/sign-in")).Query)["idp_reauthenticate"]
            .ToString();
        var sessions = fixture.Host.Services.GetRequiredService<SessionStarter>();
        var token = await sessions.MarkStepUpAsync(
            party.Session!.Id,
            new(party.Session.UserId, party.Session.CredentialVersion),
            ["pwd"],
            null,
            new RequestContext(null, null, null),
            CancellationToken.None
        );
        party.UseCookie(token!.Value);

        using var other = await party.Browser.GetAsync(
            party.AuthorizeUrl("openid", ("prompt", "login"), ("state", "another"), ("idp_reauthenticate", marker))
        );

        ReturnUrlOf(other, "/sign-in");
    }

    [Fact]
    public async Task Auth_time_is_that_of_the_last_proof()
    {
        using var party = await fixture.SignedInAsync();
        await fixture.Database.ExecuteAsync(
            "UPDATE public.sessions SET auth_time = now() - interval '1 hour' WHERE id = @id",
            ("id", party.Session!.Id)
        );

        var old = Answer.Decode((await party.GetTokensAsync()).IdToken!).Payload.GetProperty("auth_time").GetInt64();
        var refused = await party.AuthorizeAsync("openid", ("max_age", "60"), ("prompt", "none"));

        Assert.InRange(
            DateTimeOffset.FromUnixTimeSeconds(old),
            TimeProvider.System.GetUtcNow().AddMinutes(-62),
            TimeProvider.System.GetUtcNow().AddMinutes(-58)
        );
        Assert.Equal("login_required", refused["error"]);
    }

    [Fact]
    public async Task An_id_token_hint_of_another_person_is_not_answered_with_this_one()
    {
        using var party = await fixture.SignedInAsync();
        var hint = (await party.GetTokensAsync()).IdToken;
        using RelyingParty other = new(fixture.Host);
        await other.SignInAsync(
            await RelyingParty.CreateUserAsync(fixture.Database, $"{Guid.NewGuid():N}@example.com")
        );

        var own = await party.AuthorizeAsync("openid", ("prompt", "none"), ("id_token_hint", hint));
        var foreign = await other.AuthorizeAsync("openid", ("prompt", "none"), ("id_token_hint", hint));

        Assert.Contains("code", own.Keys);
        Assert.Equal("login_required", foreign["error"]);
    }

    [Fact]
    public async Task Form_post_carries_the_answer_in_a_form_that_the_content_policy_lets_run()
    {
        using var party = await fixture.SignedInAsync();

        using var response = await party.Browser.GetAsync(
            party.AuthorizeUrl("openid", ("response_mode", "form_post"), ("state", "<script>\"'&"))
        );

        var html = await response.Content.ReadAsStringAsync();
        var policy = response.Headers.GetValues("Content-Security-Policy").Single();
        var nonce = html.Split("script nonce=\"")[1].Split('"')[0].Replace("&#x2B;", "+");
        Assert.Equal("text/html", response.Content.Headers.ContentType?.MediaType);
        Assert.Contains($"'nonce-{nonce}'", policy);
        Assert.Contains("form-action 'self' https://app.example", policy);
        Assert.Contains("name=\"code\"", html);
        Assert.Contains($"name=\"iss\" value=\"{fixture.Host.Issuer}\"", html);
        Assert.DoesNotContain("<script>\"", html);
        Assert.True(response.Headers.CacheControl?.NoStore);
    }

    [Fact]
    public async Task An_error_travels_by_form_post_too()
    {
        using RelyingParty party = new(fixture.Host);

        using var response = await party.Browser.GetAsync(
            party.AuthorizeUrl("openid", ("response_mode", "form_post"), ("prompt", "none"))
        );

        Assert.Contains("name=\"error\" value=\"login_required\"", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_request_posted_from_elsewhere_goes_on_as_a_get_so_that_the_cookie_comes_along()
    {
        using RelyingParty party = new(fixture.Host);
        var url = party.AuthorizeUrl();
        using FormUrlEncodedContent form = new(
            QueryHelpers
                .ParseQuery(url.Split('?')[1])
                .Select(field => KeyValuePair.Create(field.Key, field.Value.ToString()))
        );

        using var response = await party.Browser.PostAsync("/connect/authorize", form);
        await party.SignInAsync(fixture.UserId);
        using var resumed = await party.Browser.GetAsync(response.Headers.Location);

        Assert.Equal(HttpStatusCode.SeeOther, response.StatusCode);
        Assert.Contains("code", party.AnswerOf(resumed).Keys);
    }

    [Fact]
    public async Task Consent_is_asked_remembered_and_may_be_refused()
    {
        using var party = await fixture.SignedInAsync("asking", "https://asking.example/callback");
        var interaction = fixture.Host.Services.GetRequiredService<IAuthorizationInteraction>();
        var silent = await party.AuthorizeAsync("openid", ("prompt", "none"));
        using var asked = await party.Browser.GetAsync(party.AuthorizeUrl("openid email"));
        var back = ReturnUrlOf(asked, "/consent");
        var context = await interaction.ReadAsync(back, null, CancellationToken.None);

        using var denied = await party.Browser.GetAsync(interaction.Deny(back, "access_denied"));
        await fixture
            .Host.Services.GetRequiredService<ConsentStore>()
            .GrantAsync(
                new(fixture.UserId, 1),
                "asking",
                ["openid", "email"],
                null,
                new RequestContext(null, null, null),
                CancellationToken.None
            );
        using var granted = await party.Browser.GetAsync(back);

        Assert.Equal("consent_required", silent["error"]);
        Assert.Equal(["openid", "email"], context!.Scopes.Select(scope => scope.Name));
        Assert.Equal("access_denied", party.AnswerOf(denied)["error"]);
        Assert.Contains("code", party.AnswerOf(granted).Keys);
        Assert.Contains("code", (await party.AuthorizeAsync("openid", ("prompt", "none"))).Keys);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("/account")]
    [InlineData("https://evil.example/connect/authorize?client_id=web")]
    [InlineData("//evil.example/connect/authorize?client_id=web")]
    [InlineData("/connect/authorize?client_id=web&redirect_uri=https%3A%2F%2Fevil.example")]
    [InlineData("/connect/authorize?client_id=web%00&redirect_uri=https%3A%2F%2Fapp.example%2Fcallback")]
    public async Task A_page_is_told_nothing_about_a_return_url_that_is_no_request(string? returnUrl)
    {
        var interaction = fixture.Host.Services.GetRequiredService<IAuthorizationInteraction>();

        Assert.Null(await interaction.ReadAsync(returnUrl, null, CancellationToken.None));
    }

    private static string ReturnUrlOf(HttpResponseMessage response, string page)
    {
        Assert.Equal(HttpStatusCode.SeeOther, response.StatusCode);
        var location = response.Headers.Location!.OriginalString;
        Assert.StartsWith(page + "?returnUrl=", location);
        return Uri.UnescapeDataString(location.Split("returnUrl=")[1]);
    }
}
