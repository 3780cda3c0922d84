using System.Net;
using Identity.Testing;

namespace Identity.IntegrationTests.Protocol.Logout.Channels;

/// <summary>OpenID Connect Front-Channel Logout 1.0: the signed-out page loads the clients of the session in frames,
/// and nothing else.</summary>
public sealed class FrontchannelTests(OidcFixture fixture) : IClassFixture<OidcFixture>
{
    [Fact]
    public async Task Every_client_of_the_session_is_told_in_a_frame_of_its_origin_before_the_person_goes_on()
    {
        using var party = await fixture.SignedInAsync("front", OidcFixture.Front);
        var tokens = await party.GetTokensAsync();
        await SignInToAsync(party, "plain", "http://localhost:4999/callback");

        using var ended = await party.Browser.GetAsync(
            $"/connect/end-session?id_token_hint={tokens.IdToken}&post_logout_redirect_uri=https://front.example/bye"
                + "&state=s1"
        );
        var page = ended.Headers.Location!.OriginalString;
        using var response = await party.Browser.GetAsync(page);
        var html = WebUtility.HtmlDecode(await response.Content.ReadAsStringAsync());
        var policy = response.Headers.GetValues("Content-Security-Policy").Single();

        Assert.StartsWith("/signed-out?ticket=", page);
        Assert.DoesNotContain(party.Session!.Id.ToString("D"), page, StringComparison.Ordinal);
        Assert.Contains(
            $"<iframe src=\"https://front.example/out?x=1&iss={Uri.EscapeDataString(fixture.Host.Issuer)}"
                + $"&sid={party.Session.Id:D}\"",
            html,
            StringComparison.Ordinal
        );
        Assert.Contains("<iframe src=\"http://localhost:4999/out\"", html, StringComparison.Ordinal);
        Assert.Contains("; frame-src http://localhost:4999 https://front.example;", policy, StringComparison.Ordinal);
        Assert.Contains("href=\"https://front.example/bye?state=s1\"", html, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_session_without_such_a_client_goes_on_at_once_and_the_page_frames_nothing()
    {
        using var party = await fixture.SignedInAsync();
        var tokens = await party.GetTokensAsync();

        using var ended = await party.Browser.GetAsync(
            $"/connect/end-session?id_token_hint={tokens.IdToken}&post_logout_redirect_uri=https://app.example/bye"
        );
        using var page = await party.Browser.GetAsync("/signed-out");

        Assert.Equal("https://app.example/bye", ended.Headers.Location?.OriginalString);
        Assert.DoesNotContain(
            "frame-src",
            page.Headers.GetValues("Content-Security-Policy").Single(),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Who_signs_out_on_our_page_passes_it_too_and_then_goes_on_to_the_client()
    {
        var (browser, email, _) = await fixture.PersonAsync();
        using var _1 = browser;
        using RelyingParty party = new(fixture.Host, "front", OidcFixture.Front);
        var signedIn = await browser.SignInAsync(
            email,
            OidcFixture.Password,
            "/sign-in?returnUrl=" + Uri.EscapeDataString(party.AuthorizeUrl())
        );
        Assert.StartsWith(OidcFixture.Front, (await browser.GetAsync(signedIn.Location!)).Location);
        const string wish =
            "/connect/end-session?client_id=front&post_logout_redirect_uri=https%3A%2F%2Ffront.example%2Fbye&state=s2";

        var question = await browser.FollowAsync(await browser.GetAsync(wish));
        var told = await browser.FollowAsync(await browser.SubmitAsync(question, []));
        var href = WebUtility.HtmlDecode(told.Html.Split("data-go-on")[0].Split("href=\"")[^1].Split('"')[0]);
        var back = await browser.GetAsync(href);

        Assert.Equal("/sign-out", question.Address.AbsolutePath);
        Assert.Equal("/signed-out", told.Address.AbsolutePath);
        Assert.Contains("<iframe src=\"https://front.example/out?x=1&amp;iss=", told.Html, StringComparison.Ordinal);
        Assert.Equal("https://front.example/bye?state=s2", back.Location);
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("CfDJ8AAAA")]
    public async Task A_forged_ticket_is_an_ordinary_visit(string ticket)
    {
        using var client = fixture.Host.CreateClient();

        using var response = await client.GetAsync("/signed-out?ticket=" + ticket);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.DoesNotContain("<iframe", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private async Task SignInToAsync(RelyingParty browser, string clientId, string redirectUri)
    {
        using RelyingParty other = new(fixture.Host, clientId, redirectUri);
        other.UseCookie(browser.Browser.DefaultRequestHeaders.GetValues("Cookie").Single().Split('=')[1]);
        await other.GetTokensAsync();
    }
}
