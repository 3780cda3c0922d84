using System.Net;
using System.Text.RegularExpressions;
using Identity.Testing;

namespace Identity.IntegrationTests.Pages;

/// <summary>Signing in by another provider: a second instance of this one. What a person does, and what somebody tries
/// who is not that person.</summary>
public sealed class ExternalTests(ExternalFixture fixture) : IClassFixture<ExternalFixture>
{
    [Fact]
    public async Task A_person_proves_an_account_here_once_and_signs_in_by_the_other_provider_from_then_on()
    {
        var (user, remote) = (await fixture.UserAsync(), await fixture.There.AddUserAsync());
        using var browser = new PageBrowser(fixture.Here);

        var unknown = await browser.GetAsync(
            await fixture.WayBackAsync(browser, remote.Email, "/sign-in?returnUrl=%2Faccount%2Fprofile")
        );
        var choice = await browser.FollowAsync(unknown);
        var signedIn = await browser.SignInAsync(
            user.Email,
            PagesFixture.Password,
            "/sign-in?returnUrl=%2Fexternal%2Flink"
        );
        var question = await browser.FollowAsync(signedIn);
        var linked = await browser.SubmitAsync(question, [], "/external/link");
        using var later = new PageBrowser(fixture.Here);
        var known = await later.GetAsync(
            await fixture.WayBackAsync(later, remote.Email, "/sign-in?returnUrl=%2Faccount%2Femail")
        );

        Assert.Equal((HttpStatusCode.SeeOther, "/external/link"), (unknown.Status, unknown.Location));
        Assert.Contains("You haven’t used The Office to sign in here before", choice.Text, StringComparison.Ordinal);
        Assert.Contains(remote.Email, choice.Text, StringComparison.Ordinal);
        Assert.Contains("/register?returnUrl=%2Fexternal%2Flink", choice.Html, StringComparison.Ordinal);
        Assert.Contains(user.Email, question.Text, StringComparison.Ordinal);
        Assert.Equal("/account/profile", linked.Location);
        Assert.Equal("/account/email", known.Location);
        Assert.Equal("external aal1", await fixture.MethodsAsync(user));
        Assert.Equal(
            1L,
            await fixture.Database.ScalarAsync<long>(
                "SELECT count(*) FROM idp.mail_outbox WHERE user_id = @id AND kind = 'external_login_added'",
                ("id", user.Id)
            )
        );
    }

    [Fact]
    public async Task An_equal_address_joins_nothing()
    {
        var user = await fixture.UserAsync();
        var remote = await fixture.There.AddUserAsync(user.Email);
        using var browser = new PageBrowser(fixture.Here);

        var answer = await browser.GetAsync(await fixture.WayBackAsync(browser, remote.Email));
        var choice = await browser.FollowAsync(answer);
        var forced = await browser.SubmitAsync(choice, [("__x", "")], "handler=Decline");

        Assert.Equal("/external/link", answer.Location);
        Assert.DoesNotContain("action=\"/external/link\"", choice.Html, StringComparison.Ordinal);
        Assert.Null(browser.Cookie("__Host-identity"));
        Assert.Equal("/sign-in", forced.Location);
        Assert.Equal(0L, await fixture.SessionsAsync(user));
        Assert.Equal(
            0L,
            await fixture.Database.ScalarAsync<long>(
                "SELECT count(*) FROM idp.external_logins WHERE user_id = @id",
                ("id", user.Id)
            )
        );
    }

    [Fact]
    public async Task An_answer_is_taken_in_the_browser_that_asked_with_its_own_state_and_once()
    {
        var (user, remote) = (await fixture.UserAsync(), await fixture.There.AddUserAsync());
        await fixture.LinkAsync(user, remote.Email);
        using var one = new PageBrowser(fixture.Here);
        using var two = new PageBrowser(fixture.Here);
        using var empty = new PageBrowser(fixture.Here);
        var (mine, theirs) = (
            await fixture.WayBackAsync(one, remote.Email),
            await fixture.WayBackAsync(two, remote.Email)
        );
        var swapped = Regex.Replace(mine, "state=[^&]+", Regex.Match(theirs, "state=[^&]+").Value);

        var elsewhere = await empty.GetAsync(mine);
        var crossed = await one.GetAsync(swapped);
        var forged = await one.GetAsync(Regex.Replace(mine, "state=[^&]+", "state=forged"));
        var bare = await one.GetAsync("/external/callback/work");
        var right = await one.GetAsync(mine);
        var replayed = await one.GetAsync(mine);

        foreach (
            var (what, refused) in new[]
            {
                ("elsewhere", elsewhere),
                ("crossed", crossed),
                ("forged", forged),
                ("bare", bare),
                ("replayed", replayed),
            }
        )
            Assert.Equal(
                (what, HttpStatusCode.SeeOther, "/external/failed?reason=failed"),
                (what, refused.Status, refused.Location?.Split("&returnUrl")[0])
            );
        Assert.Null(empty.Cookie("__Host-identity"));
        Assert.Equal("/account", right.Location);
        Assert.Contains(
            "We couldn’t use the provider’s response",
            (await empty.FollowAsync(elsewhere)).Text,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("access_denied", "declined", "You cancelled signing in")]
    [InlineData("server_error", "failed", "couldn’t use the provider’s response")]
    public async Task An_error_of_the_other_provider_is_told_calmly_and_leads_on(
        string error,
        string reason,
        string words
    )
    {
        using var browser = new PageBrowser(fixture.Here);
        // The request may be pushed, so its state is seen in the answer alone.
        var back = await fixture.WayBackAsync(
            browser,
            (await fixture.There.AddUserAsync()).Email,
            "/sign-in?returnUrl=%2Faccount%2Fprofile"
        );
        var state = Regex.Match(back, "(?<=[?&])state=[^&]+").Value;

        var answer = await browser.GetAsync($"/external/callback/work?error={error}&error_description=%3Cb%3E&{state}");
        var page = await browser.FollowAsync(answer);

        Assert.StartsWith("/external/failed?reason=" + reason, answer.Location, StringComparison.Ordinal);
        Assert.Contains(words, page.Text, StringComparison.Ordinal);
        Assert.Contains("/sign-in?returnUrl=%2Faccount%2Fprofile", page.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>", page.Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_log_says_why_a_sign_in_by_another_provider_failed_and_repeats_no_word_of_it()
    {
        using var browser = new PageBrowser(fixture.Here);
        var back = await fixture.WayBackAsync(browser, (await fixture.There.AddUserAsync()).Email);
        var state = Regex.Match(back, "(?<=[?&])state=[^&]+").Value;

        await browser.GetAsync(
            $"/external/callback/work?error=temporarily_unavailable&error_description=ada%40example.org&{state}"
        );
        await browser.GetAsync("/external/callback/work?code=a&state=forged");
        await ExternalFixture.TargetAsync(browser, provider: "gone");

        var said = string.Join('\n', fixture.Log.Lines.Select(static line => line.Text));
        Assert.Contains("the provider answered with the error temporarily_unavailable", said, StringComparison.Ordinal);
        Assert.Contains("Unable to unprotect the message.State", said, StringComparison.Ordinal);
        Assert.Contains("the call to the provider failed: it cannot be reached", said, StringComparison.Ordinal);
        Assert.DoesNotContain("ada@example.org", said, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_provider_that_is_down_and_one_that_nobody_knows_have_calm_answers()
    {
        using var browser = new PageBrowser(fixture.Here);

        var down = await ExternalFixture.TargetAsync(browser, provider: "gone");
        var page = await browser.GetAsync(down);
        var signIn = await browser.GetAsync("/sign-in");
        var unknown = await browser.SubmitAsync(signIn, [("provider", "../evil")], "/external/start");

        Assert.Equal("/external/failed?reason=unreachable", down);
        Assert.Contains("isn’t responding right now", page.Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, unknown.Status);
        Assert.Equal("/sign-in", (await browser.GetAsync("/external/start")).Location);
    }

    [Fact]
    public async Task SE_4_the_cookies_of_a_journey_are_secure_and_of_this_host_alone()
    {
        using var browser = new PageBrowser(fixture.Here);
        var page = await browser.GetAsync("/sign-in");

        var on = await browser.SubmitAsync(page, [("provider", "work")], "/external/start");

        var cookies = on.Headers["Set-Cookie"];
        Assert.Contains(
            cookies,
            static cookie => cookie.StartsWith("__Host-external-journey.", StringComparison.Ordinal)
        );
        Assert.Contains(
            cookies,
            static cookie => cookie.StartsWith("__Host-external-nonce.", StringComparison.Ordinal)
        );
        Assert.All(
            cookies,
            static cookie =>
                Assert.Matches(
                    "(?i)(?=.*; path=/(;|$))(?=.*; secure)(?=.*; httponly)(?=.*; samesite=lax)(?!.*domain=)",
                    cookie
                )
        );
    }

    [Fact]
    public async Task A_login_is_added_after_a_fresh_proof_belongs_to_one_account_and_is_taken_away()
    {
        var (user, other, remote) = (
            await fixture.UserAsync(),
            await fixture.UserAsync(),
            await fixture.There.AddUserAsync()
        );
        await fixture.LinkAsync(user, remote.Email);
        using var stranger = new PageBrowser(fixture.Here);
        await stranger.SignInAsync(other.Email, PagesFixture.Password);
        var taken = await stranger.GetAsync(await fixture.WayBackAsync(stranger, remote.Email, "/account/external"));
        var second = await fixture.There.AddUserAsync();
        await stranger.GetAsync(await fixture.WayBackAsync(stranger, second.Email, "/account/external"));
        await fixture.Database.ExecuteAsync(
            "UPDATE sessions SET auth_time = now() - interval '10 minutes' WHERE user_id = @id",
            ("id", other.Id)
        );
        var stale = await stranger.SubmitAsync(await stranger.GetAsync("/external/link"), [], "/external/link");

        using var owner = new PageBrowser(fixture.Here);
        await owner.GetAsync(await fixture.WayBackAsync(owner, remote.Email));
        var removed = await owner.SubmitAsync(await owner.GetAsync("/account/external"), [], "handler=Remove");
        var unknown = await owner.GetAsync(await fixture.WayBackAsync(owner, remote.Email, "/account/external"));

        Assert.StartsWith("/external/failed?reason=taken", taken.Location, StringComparison.Ordinal);
        Assert.Equal("/confirm-identity?returnUrl=%2Fexternal%2Flink", stale.Location);
        Assert.Equal("/account/external?done", removed.Location);
        Assert.Equal("/external/link", unknown.Location);
        Assert.Equal(
            0L,
            await fixture.Database.ScalarAsync<long>(
                "SELECT count(*) FROM idp.external_logins WHERE user_id IN (@one, @two)",
                ("one", user.Id),
                ("two", other.Id)
            )
        );
        Assert.Equal(
            1L,
            await fixture.Database.ScalarAsync<long>(
                "SELECT count(*) FROM idp.mail_outbox WHERE user_id = @id AND kind = 'external_login_removed'",
                ("id", user.Id)
            )
        );
    }

    [Fact]
    public async Task The_last_way_in_stays_and_a_journey_to_link_ends_when_somebody_else_sits_there()
    {
        var (user, other, remote) = (
            await fixture.UserAsync(),
            await fixture.UserAsync(),
            await fixture.There.AddUserAsync()
        );
        await fixture.LinkAsync(user, remote.Email);
        await fixture.Database.ExecuteAsync(
            "UPDATE users SET password_hash = NULL, password_changed_at = NULL WHERE id = @id",
            ("id", user.Id)
        );
        using var browser = new PageBrowser(fixture.Here);
        await browser.GetAsync(await fixture.WayBackAsync(browser, remote.Email));

        var kept = await browser.SubmitAsync(await browser.GetAsync("/account/external"), [], "handler=Remove");
        using var shared = new PageBrowser(fixture.Here);
        await shared.SignInAsync(other.Email, PagesFixture.Password);
        var back = await fixture.WayBackAsync(shared, (await fixture.There.AddUserAsync()).Email, "/account/external");
        await shared.SubmitAsync(await shared.GetAsync("/sign-out"), []);
        await shared.SignInAsync((await fixture.UserAsync()).Email, PagesFixture.Password);
        var ended = await shared.GetAsync(back);

        Assert.Contains("You can’t disconnect your only way to sign in", kept.Text, StringComparison.Ordinal);
        Assert.Equal("/external/failed?reason=failed", ended.Location);
        Assert.Equal(
            "This request has expired",
            Regex.Match((await shared.GetAsync("/external/link")).Html, "<h1>([^<]+)").Groups[1].Value
        );
    }
}
