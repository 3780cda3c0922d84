using System.Text.RegularExpressions;
using Identity.Core.Mail;
using Identity.Core.Primitives;
using Identity.Testing;
using static Identity.IntegrationTests.Pages.Accounts.AccountsFixture;

namespace Identity.IntegrationTests.Pages.Accounts;

/// <summary>SE-11: several accounts in one browser: adding, choosing, signing out, and what drops out of the
/// list.</summary>
[Collection(AccountsCollection.Name)]
public sealed partial class AccountListTests(AccountsFixture fixture)
{
    [Fact]
    public async Task An_account_is_added_by_its_own_password_and_one_is_chosen_without()
    {
        var (browser, people) = await fixture.TogetherAsync();
        using var _ = browser;

        var current = await fixture.CurrentAsync(browser);
        var page = await browser.GetAsync(Chooser);
        var chosen = await fixture.ChooseAsync(browser, people[0], page);

        Assert.Equal(people[1].Id, current);
        Assert.All(people, one => Assert.Contains(one.Email, page.Text, StringComparison.Ordinal));
        Assert.Equal("/account", chosen.Location);
        Assert.Equal(people[0].Id, await fixture.CurrentAsync(browser));
        Assert.All(people, one => Assert.Contains(one.Email, page.Html, StringComparison.Ordinal));
        await fixture.SessionAsync(people[1]);
    }

    [Fact]
    public async Task Who_is_signed_in_is_sent_on_from_the_sign_in_page_unless_they_add_an_account()
    {
        var (browser, people) = await fixture.TogetherAsync();
        using var _ = browser;

        var signIn = await browser.GetAsync("/sign-in");
        var add = await browser.GetAsync("/sign-in?add");
        await fixture.EndAsync(await fixture.SessionAsync(people[1]));
        var after = await browser.GetAsync("/sign-in?returnUrl=%2Faccount%2Femail");

        Assert.Equal("/account", signIn.Location);
        Assert.All(people, one => Assert.DoesNotContain(one.Email, add.Html, StringComparison.Ordinal));
        Assert.Equal("/choose-account?returnUrl=%2Faccount%2Femail", after.Location);
    }

    [Fact]
    public async Task Who_signs_up_beside_another_account_keeps_the_password_and_both_are_signed_in()
    {
        var (browser, people) = await fixture.TogetherAsync(1);
        using var _ = browser;
        var email = $"new-{Guid.NewGuid():N}@example.org";
        await browser.SubmitAsync(
            await browser.GetAsync("/register"),
            [("Input.Email", email), ("Input.NewPassword", PagesFixture.Password)]
        );
        var mails = await fixture.Pages.Service<MailboxReader>().ListAsync(200, default);
        var mail = mails.First(mail => mail.Kind == "verify_email" && mail.Content.To == email);

        var asked = await browser.FollowAsync(
            await browser.GetAsync(new Uri(LinkPattern().Match(mail.Content.Text).Value).PathAndQuery)
        );
        var done = await browser.SubmitAsync(asked, []);

        Assert.Equal("/account", done.Location);
        Assert.Contains(email, (await browser.GetAsync("/account")).Text, StringComparison.Ordinal);
        await fixture.SessionAsync(people[0]);
    }

    [Fact]
    public async Task SE_2_signing_in_to_an_account_of_the_list_again_gives_its_session_a_new_token()
    {
        var (browser, people) = await fixture.TogetherAsync();
        using var _ = browser;
        var session = await fixture.SessionAsync(people[0]);
        var token = browser.Cookie(CookieOf(session));
        using RelyingParty thief = new(fixture.Host);

        await AddAsync(browser, people[0]);
        thief.UseCookie(token!);

        Assert.Equal(session, await fixture.SessionAsync(people[0]));
        Assert.Equal(people[0].Id, await fixture.CurrentAsync(browser));
        Assert.NotEqual(token, browser.Cookie(CookieOf(session)));
        Assert.Equal(browser.Cookie("__Host-identity"), browser.Cookie(CookieOf(session)));
        Assert.Equal("login_required", (await thief.AuthorizeAsync("openid", ("prompt", "none")))["error"]);
        await fixture.SessionAsync(people[1]);
    }

    [Fact]
    public async Task SE_11_above_the_limit_the_session_that_was_used_longest_ago_ends()
    {
        var (browser, people) = await fixture.TogetherAsync(Most);
        using var _ = browser;
        var first = await fixture.SessionAsync(people[0]);
        await fixture.Database.ExecuteAsync(
            "UPDATE public.sessions SET last_activity_at = last_activity_at - interval '2 minutes' WHERE id = @id",
            ("id", first)
        );
        var another = await fixture.Pages.UserAsync();

        await AddAsync(browser, another);

        Assert.Empty(await fixture.SessionsAsync(people[0]));
        Assert.False(Holds(browser, first));
        Assert.Equal(another.Id, await fixture.CurrentAsync(browser));
        foreach (var stays in people[1..].Append(another))
            Assert.True(Holds(browser, await fixture.SessionAsync(stays)));
        Assert.InRange(browser.CookieHeader.Length, 1, 4096);
    }

    [Theory]
    [InlineData("UPDATE public.users SET is_disabled = true WHERE id = @id")]
    [InlineData("UPDATE public.users SET deleted_at = now() WHERE id = @id")]
    [InlineData("UPDATE public.sessions SET last_activity_at = now() - interval '3 hours' WHERE user_id = @id")]
    [InlineData("SELECT idp.end_sessions(array_agg(id), 'password_changed') FROM public.sessions WHERE user_id = @id")]
    public async Task What_has_ended_elsewhere_drops_out_of_the_list_and_the_rest_stays(string end)
    {
        var (browser, people) = await fixture.TogetherAsync();
        using var _ = browser;
        var (gone, session) = (people[0], await fixture.SessionAsync(people[0]));
        var before = await browser.GetAsync(Chooser);
        await fixture.Database.ExecuteAsync(end, ("id", gone.Id));

        var chosen = await browser.SubmitAsync(before, [("account", session.ToString("D"))]);
        var page = await browser.GetAsync(Chooser);

        Assert.Null(chosen.Location);
        Assert.DoesNotContain(gone.Email, page.Text, StringComparison.Ordinal);
        Assert.Contains(people[1].Email, page.Text, StringComparison.Ordinal);
        Assert.False(Holds(browser, session));
        Assert.Equal(people[1].Id, await fixture.CurrentAsync(browser));
    }

    [Theory]
    [InlineData("foreign")]
    [InlineData("swapped")]
    [InlineData("malformed")]
    public async Task SE_11_a_cookie_that_was_made_up_shows_and_opens_nothing(string kind)
    {
        var (browser, people) = await fixture.TogetherAsync(1);
        var (elsewhere, others) = await fixture.TogetherAsync(1);
        using var _1 = browser;
        using var _2 = elsewhere;
        var (own, foreign) = (await fixture.SessionAsync(people[0]), await fixture.SessionAsync(others[0]));
        var (name, value) = kind switch
        {
            "foreign" => (CookieOf(foreign), OpaqueToken.Create().Value),
            "swapped" => (CookieOf(foreign), browser.Cookie(CookieOf(own))!),
            _ => ("__Host-account-" + foreign.ToString("D"), "x"),
        };
        browser.UseCookie(name, value);

        var page = await browser.GetAsync(Chooser);
        var chosen = await browser.SubmitAsync(page, [("account", foreign.ToString("D"))]);
        var ended = await browser.SubmitAsync(
            await browser.GetAsync("/sign-out"),
            [("account", foreign.ToString("D"))]
        );

        Assert.DoesNotContain(others[0].Email, page.Text + chosen.Text + ended.Text, StringComparison.Ordinal);
        Assert.Null(chosen.Location);
        Assert.Equal(people[0].Id, await fixture.CurrentAsync(browser));
        await fixture.SessionAsync(others[0]);
    }

    [Fact]
    public async Task Signing_out_of_one_account_leaves_the_others_and_none_of_them_becomes_current()
    {
        var (browser, people) = await fixture.TogetherAsync();
        using var _ = browser;
        var session = await fixture.SessionAsync(people[1]);

        var answer = await browser.SubmitAsync(await browser.GetAsync("/sign-out"), []);
        var account = await browser.FollowAsync(await browser.GetAsync("/account"));

        Assert.Equal("/signed-out", answer.Location);
        Assert.Empty(await fixture.SessionsAsync(people[1]));
        Assert.False(Holds(browser, session));
        Assert.Null(await fixture.CurrentAsync(browser));
        Assert.Equal(Chooser, account.Address.AbsolutePath);
        Assert.Contains(people[0].Email, account.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(people[1].Email, account.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_list_signs_out_of_an_account_that_is_not_current_and_of_all()
    {
        var (browser, people) = await fixture.TogetherAsync();
        using var _ = browser;
        var sessions = new[] { await fixture.SessionAsync(people[0]), await fixture.SessionAsync(people[1]) };

        var left = await browser.SubmitAsync(
            await browser.GetAsync(Chooser),
            [("account", sessions[0].ToString("D"))],
            "/sign-out?returnUrl=%2Fchoose-account"
        );
        var current = await fixture.CurrentAsync(browser);
        await AddAsync(browser, people[0]);
        await browser.SubmitAsync(await browser.GetAsync(Chooser), [], "/sign-out");

        Assert.Equal(Chooser, left.Location);
        Assert.Equal(people[1].Id, current);
        foreach (var one in people)
            Assert.Empty(await fixture.SessionsAsync(one));
        Assert.DoesNotContain("__Host-account-", browser.CookieHeader, StringComparison.Ordinal);
        Assert.Equal("/sign-in?add", (await browser.GetAsync(Chooser)).Location);
    }

    [Fact]
    public async Task The_sign_out_page_ends_the_account_that_it_showed_whichever_is_current_now()
    {
        var (browser, people) = await fixture.TogetherAsync();
        using var _ = browser;
        var page = await browser.GetAsync("/sign-out");
        await fixture.ChooseAsync(browser, people[0]);

        await browser.SubmitAsync(page, []);

        Assert.Contains(people[1].Email, page.Text, StringComparison.Ordinal);
        Assert.Empty(await fixture.SessionsAsync(people[1]));
        Assert.Equal(people[0].Id, await fixture.CurrentAsync(browser));
    }

    [Fact]
    public async Task The_menu_of_the_account_says_who_one_is_and_leads_to_the_others()
    {
        var (browser, people) = await fixture.TogetherAsync();
        using var _ = browser;

        var page = await browser.GetAsync("/account");

        Assert.Contains(people[1].Email, page.Text, StringComparison.Ordinal);
        foreach (var link in (string[])[Chooser, "/sign-in?add", "/sign-out"])
            Assert.Contains($"href=\"{link}\"", page.Html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Chooser)]
    [InlineData("/sign-out")]
    public async Task SE_11_a_session_of_somebody_else_is_answered_like_one_that_never_was_or_no_session_at_all(
        string path
    )
    {
        var (browser, people) = await fixture.TogetherAsync(1);
        var (elsewhere, others) = await fixture.TogetherAsync(1);
        using var _1 = browser;
        using var _2 = elsewhere;
        var foreign = (await fixture.SessionAsync(others[0])).ToString("D");
        var page = await browser.GetAsync(path);

        List<string> answers = [];
        foreach (
            var text in (string[])
                [foreign, Guid.NewGuid().ToString("D"), "x", "", "0", "'\">\u202e", new string('1', 9000)]
        )
        {
            var answer = await browser.SubmitAsync(page, [("account", text)], path == Chooser ? null : path);
            answers.Add($"{(int)answer.Status} {answer.Location}");
        }

        Assert.Single(answers[..2].Distinct());
        Assert.All(answers, static answer => Assert.Matches("^(200|303|400) ", answer));
        Assert.Equal(people[0].Id, await fixture.CurrentAsync(browser));
        await fixture.SessionAsync(others[0]);
    }

    [GeneratedRegex(@"http\S+\?token=\S+")]
    private static partial Regex LinkPattern();
}
