using System.Net;
using System.Security.Cryptography;
using System.Text;
using Identity.Testing;

namespace Identity.IntegrationTests.Protocol.Logout.SessionManagement;

/// <summary>OpenID Connect Session Management 1.0: what a client's page compares, and the frame that does it.</summary>
public sealed class SessionManagementTests(OidcFixture fixture) : IClassFixture<OidcFixture>
{
    private const string StateCookie = "__Host-identity-state";

    [Fact]
    public async Task Session_state_is_what_the_frame_works_out_from_the_cookie()
    {
        using var party = await fixture.SignedInAsync();

        using var response = await party.Browser.GetAsync(party.AuthorizeUrl());
        var cookie = response
            .Headers.GetValues("Set-Cookie")
            .Single(static cookie => cookie.StartsWith(StateCookie + "=", StringComparison.Ordinal));
        var state = cookie.Split(';')[0].Split('=')[1];
        var value = party.AnswerOf(response)["session_state"];
        var salt = value.Split('.')[1];

        Assert.Equal(
            Convert.ToHexStringLower(
                SHA256.HashData(Encoding.UTF8.GetBytes($"web https://app.example {state} {salt}"))
            ),
            value.Split('.')[0]
        );
        Assert.Contains("secure", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=none", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(party.Session!.Id.ToString("N"), cookie, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("domain", cookie, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task It_stays_for_a_session_changes_with_another_and_is_gone_without_one()
    {
        using var party = await fixture.SignedInAsync();
        var first = await StateAsync(party);
        var again = await StateAsync(party);
        await party.SignInAsync(fixture.UserId);
        var second = await StateAsync(party);

        // The browser got a state by signing in to the client, and keeps it when the session's own cookie is gone.
        await party.AuthorizeAsync();
        party.Browser.DefaultRequestHeaders.Remove("Cookie");
        using var without = await party.Browser.GetAsync(party.AuthorizeUrl("openid", ("prompt", "none")));

        Assert.Equal(first, again);
        Assert.NotEqual(first, second);
        Assert.Equal("login_required", party.AnswerOf(without)["error"]);
        Assert.Contains(
            without.Headers.GetValues("Set-Cookie"),
            static cookie => cookie.StartsWith(StateCookie + "=;", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task Logging_out_takes_the_state_away()
    {
        using var party = await fixture.SignedInAsync();
        var hint = (await party.GetTokensAsync()).IdToken!;

        using var ended = await party.Browser.GetAsync($"/connect/end-session?id_token_hint={hint}");

        Assert.Contains(
            ended.Headers.GetValues("Set-Cookie"),
            static cookie => cookie.StartsWith(StateCookie + "=;", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task Without_openid_there_is_none()
    {
        using var party = await fixture.SignedInAsync();

        Assert.DoesNotContain("session_state", (await party.AuthorizeAsync("api")).Keys);
    }

    [Fact]
    public async Task The_frame_may_be_embedded_anywhere_runs_its_own_script_alone_and_costs_no_SQL()
    {
        using var client = fixture.Host.CreateClient();
        using HttpRequestMessage request = new(HttpMethod.Get, "/connect/check-session");

        var (response, commands) = await fixture.Host.SendCountedAsync(client, request);

        using (response)
        {
            var html = await response.Content.ReadAsStringAsync();
            var policy = response.Headers.GetValues("Content-Security-Policy").Single();
            var script = html.Split("<script>")[1].Split("</script>")[0];
            Assert.Equal((HttpStatusCode.OK, 0), (response.StatusCode, commands));
            Assert.Contains("frame-ancestors *", policy, StringComparison.Ordinal);
            Assert.Contains(
                $"script-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(script)))}'",
                policy,
                StringComparison.Ordinal
            );
            Assert.Contains($"\"{StateCookie}=\"", script, StringComparison.Ordinal);
            Assert.False(response.Headers.Contains("X-Frame-Options"));
            Assert.False(response.Headers.Contains("Set-Cookie"));
        }
    }

    // In a browser without a state, or it would not be given one.
    private async Task<string> StateAsync(RelyingParty party)
    {
        using RelyingParty fresh = new(fixture.Host);
        fresh.UseCookie(party.Browser.DefaultRequestHeaders.GetValues("Cookie").Single().Split('=')[1]);
        using var response = await fresh.Browser.GetAsync(fresh.AuthorizeUrl());
        return response
            .Headers.GetValues("Set-Cookie")
            .Single(static cookie => cookie.StartsWith(StateCookie + "=", StringComparison.Ordinal))
            .Split(';')[0]
            .Split('=')[1];
    }
}
