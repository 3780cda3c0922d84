using System.Net;
using Identity.Testing;

namespace Identity.IntegrationTests.Protocol.Endpoints.Authorize;

/// <summary>prompt=login and select_account through the pages (OIDC Core 3.1.2.1): a fresh proof raises the session
/// that is there, and a choice is a choice.</summary>
public sealed class PromptTests(OidcFixture fixture) : IClassFixture<OidcFixture>
{
    [Theory]
    [InlineData("prompt", "login")]
    [InlineData("max_age", "0")]
    public async Task Who_signs_in_again_keeps_the_session_and_what_the_apps_were_given(string name, string value)
    {
        var (browser, email, user) = await fixture.PersonAsync();
        using var _ = browser;
        using RelyingParty party = new(fixture.Host);
        await browser.SignInAsync(email, OidcFixture.Password);
        var first = await party.RedeemAsync(
            await CodeAsync(browser, party, party.AuthorizeUrl("openid offline_access"))
        );
        var (cookie, session) = (browser.Cookie("__Host-identity"), await SessionAsync(user));
        await fixture.Database.ExecuteAsync(
            "UPDATE public.sessions SET auth_time = now() - interval '1 hour', "
                + "created_at = now() - interval '1 hour' WHERE id = @id",
            ("id", session)
        );

        var wish = party.AuthorizeUrl("openid", (name, value));
        var asked = await browser.GetAsync(wish);
        var proved = await browser.SubmitAsync(
            await browser.GetAsync(asked.Location!),
            [("Input.Email", email), ("Input.Password", OidcFixture.Password)]
        );
        var second = await party.RedeemAsync(CodeOf(await browser.GetAsync(proved.Location!)));

        var (before, after) = (Answer.Decode(first.IdToken!).Payload, Answer.Decode(second.IdToken!).Payload);
        Assert.StartsWith("/sign-in?", asked.Location);
        Assert.Equal(before.GetProperty("sid").GetString(), after.GetProperty("sid").GetString());
        Assert.InRange(
            after.GetProperty("auth_time").GetInt64(),
            TimeProvider.System.GetUtcNow().AddMinutes(-1).ToUnixTimeSeconds(),
            long.MaxValue
        );
        Assert.Null((await party.RefreshAsync(first.RefreshToken!)).Error);
        Assert.NotEqual(cookie, browser.Cookie("__Host-identity"));
        Assert.Equal(session, await SessionAsync(user));
        Assert.Equal(
            0,
            await fixture.Database.ScalarAsync<long>(
                "SELECT count(*) FROM idp.logout_deliveries WHERE user_id = @id",
                ("id", user)
            )
        );
        using RelyingParty thief = new(fixture.Host);
        thief.UseCookie(cookie!);
        Assert.Equal("login_required", (await thief.AuthorizeAsync("openid", ("prompt", "none")))["error"]);
    }

    [Fact]
    public async Task Another_person_at_the_same_browser_ends_the_session_that_was_there()
    {
        var (browser, email, user) = await fixture.PersonAsync();
        var (elsewhere, another, _) = await fixture.PersonAsync();
        using var _1 = browser;
        using var _2 = elsewhere;
        using RelyingParty party = new(fixture.Host);
        await browser.SignInAsync(email, OidcFixture.Password);
        var asked = await browser.GetAsync(party.AuthorizeUrl("openid", ("prompt", "login")));

        var proved = await browser.SubmitAsync(
            await browser.GetAsync(asked.Location!),
            [("Input.Email", another), ("Input.Password", OidcFixture.Password)]
        );

        Assert.Equal(HttpStatusCode.SeeOther, proved.Status);
        Assert.DoesNotContain("__Host-account-", browser.CookieHeader, StringComparison.Ordinal);
        Assert.Equal(
            0,
            await fixture.Database.ScalarAsync<long>(
                "SELECT count(*) FROM public.sessions WHERE user_id = @id AND is_active",
                ("id", user)
            )
        );
    }

    [Fact]
    public async Task The_choice_of_an_account_is_asked_once_and_going_on_needs_no_password()
    {
        var (browser, email, user) = await fixture.PersonAsync();
        using var _ = browser;
        using RelyingParty party = new(fixture.Host);
        await browser.SignInAsync(email, OidcFixture.Password);
        var session = await SessionAsync(user);
        using RelyingParty other = new(fixture.Host);
        await other.SignInAsync(user);
        await fixture.Database.ExecuteAsync(
            "UPDATE public.sessions SET auth_time = now() - interval '1 hour' WHERE id = @id",
            ("id", other.Session!.Id)
        );
        var wish = party.AuthorizeUrl("openid", ("prompt", "select_account"));

        var page = await browser.FollowAsync(await browser.GetAsync(wish));
        var chosen = await browser.SubmitAsync(page, []);
        var answer = await browser.GetAsync(chosen.Location!);
        var again = await browser.GetAsync(wish);
        // The answer is this session's: another one is asked anew.
        using var stolen = await other.Browser.GetAsync(chosen.Location);

        Assert.Equal("/choose-account", page.Address.AbsolutePath);
        Assert.Contains(email, page.Text, StringComparison.Ordinal);
        Assert.NotEmpty(CodeOf(answer));
        Assert.Equal(session, await SessionAsync(user, "LIMIT 1"));
        Assert.StartsWith("/choose-account?", again.Location);
        Assert.StartsWith("/choose-account?", stolen.Headers.Location!.OriginalString);
    }

    [Fact]
    public async Task Another_account_is_signed_in_to_by_its_own_password()
    {
        var (browser, email, _) = await fixture.PersonAsync();
        var (elsewhere, another, anotherId) = await fixture.PersonAsync();
        using var _1 = browser;
        using var _2 = elsewhere;
        using RelyingParty party = new(fixture.Host);
        await browser.SignInAsync(email, OidcFixture.Password);
        var page = await browser.FollowAsync(
            await browser.GetAsync(party.AuthorizeUrl("openid", ("prompt", "select_account")))
        );

        var form = await browser.GetAsync(
            page.Address.PathAndQuery.Replace("/choose-account", "/sign-in", StringComparison.Ordinal)
        );
        var proved = await browser.SubmitAsync(
            form,
            [("Input.Email", another), ("Input.Password", OidcFixture.Password)]
        );
        var tokens = await party.RedeemAsync(CodeOf(await browser.GetAsync(proved.Location!)));

        Assert.Contains("/sign-in?returnUrl=", page.Html, StringComparison.Ordinal);
        Assert.DoesNotContain(email, form.Html, StringComparison.Ordinal);
        Assert.Equal(anotherId.ToString("D"), Answer.Decode(tokens.IdToken!).Payload.GetProperty("sub").GetString());
    }

    [Fact]
    public async Task A_choice_beside_none_is_an_error_and_without_a_session_one_signs_in()
    {
        using var party = await fixture.SignedInAsync();
        using RelyingParty stranger = new(fixture.Host);

        var both = await party.AuthorizeAsync("openid", ("prompt", "none select_account"));
        using var sent = await stranger.Browser.GetAsync(stranger.AuthorizeUrl("openid", ("prompt", "select_account")));

        Assert.Equal("invalid_request", both["error"]);
        Assert.StartsWith("/sign-in?", sent.Headers.Location!.OriginalString);
    }

    private static async Task<string> CodeAsync(PageBrowser browser, RelyingParty party, string url)
    {
        Assert.NotEmpty(party.Verifier);
        return CodeOf(await browser.GetAsync(url));
    }

    private static string CodeOf(VisitedPage answer) =>
        Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(new Uri(answer.Location!).Query)["code"].ToString();

    private Task<Guid> SessionAsync(Guid user, string limit = "") =>
        fixture.Database.ScalarAsync<Guid>(
            $"SELECT id FROM public.sessions WHERE user_id = @id AND is_active ORDER BY created_at {limit}",
            ("id", user)
        );
}
