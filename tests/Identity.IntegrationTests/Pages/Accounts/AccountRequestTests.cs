using System.Security.Cryptography;
using System.Text;
using Identity.Testing;
using static Identity.IntegrationTests.Pages.Accounts.AccountsFixture;

namespace Identity.IntegrationTests.Pages.Accounts;

/// <summary>Which of a browser's accounts answers a client (OIDC Core 3.1.2.1), and what each account's clients see of
/// the others.</summary>
[Collection(AccountsCollection.Name)]
public sealed class AccountRequestTests(AccountsFixture fixture)
{
    [Fact]
    public async Task Select_account_is_asked_each_time_and_answered_by_the_chosen_account()
    {
        var (browser, people) = await fixture.TogetherAsync();
        using var _ = browser;
        using RelyingParty party = new(fixture.Host);
        var wish = party.AuthorizeUrl("openid", ("prompt", "select_account"));

        var page = await browser.FollowAsync(await browser.GetAsync(wish));
        var answer = await browser.FollowAsync(await fixture.ChooseAsync(browser, people[0], page));
        var again = await browser.GetAsync(wish);

        Assert.Equal(Chooser, page.Address.AbsolutePath);
        Assert.Contains("Web app", page.Text, StringComparison.Ordinal);
        Assert.All(people, one => Assert.Contains(one.Email, page.Text, StringComparison.Ordinal));
        Assert.Equal(people[0].Id, await SubjectAsync(party, answer));
        Assert.StartsWith(Chooser + "?", again.Location, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, 1, 2)]
    [InlineData("address", 0, 4)]
    [InlineData("sub", 0, 4)]
    [InlineData("somebody's phone", 1, 2)]
    public async Task A_login_hint_picks_the_account_silently_and_the_current_one_stays(
        string? hint,
        int expected,
        int commands
    )
    {
        var (browser, people) = await fixture.TogetherAsync();
        using var _ = browser;
        using RelyingParty party = new(fixture.Host);
        var named = hint switch
        {
            "address" => people[0].Email.ToUpperInvariant(),
            "sub" => people[0].Id.ToString("D"),
            _ => hint,
        };
        using HttpRequestMessage request = new(HttpMethod.Get, party.AuthorizeUrl("openid", ("login_hint", named)));

        var (response, count) = await fixture.Host.SendCountedAsync(browser.Client, request);

        using (response)
        {
            var tokens = await party.RedeemAsync(party.AnswerOf(response)["code"]);
            Assert.Equal(people[expected].Id, Answer.Decode(tokens.IdToken!).Payload.GetProperty("sub").GetGuid());
        }
        Assert.Equal(commands, count);
        Assert.Equal(people[1].Id, await fixture.CurrentAsync(browser));
    }

    [Fact]
    public async Task A_login_hint_at_somebody_else_leads_to_the_sign_in_page_with_the_address_filled_in()
    {
        var (browser, people) = await fixture.TogetherAsync();
        using var _ = browser;
        using RelyingParty party = new(fixture.Host);
        var another = await fixture.Pages.UserAsync();

        var silent = await browser.GetAsync(
            party.AuthorizeUrl("openid", ("prompt", "none"), ("login_hint", another.Email))
        );
        var page = await browser.FollowAsync(
            await browser.GetAsync(party.AuthorizeUrl("openid", ("login_hint", another.Email)))
        );
        var answer = await browser.FollowAsync(
            await browser.SubmitAsync(page, [("Input.Password", PagesFixture.Password)])
        );

        Assert.Equal("login_required", AnswerOf(silent, "error"));
        Assert.Equal("/sign-in", page.Address.AbsolutePath);
        Assert.Equal(another.Id, await SubjectAsync(party, answer));
        foreach (var one in people)
            await fixture.SessionAsync(one);
    }

    [Fact]
    public async Task An_id_token_hint_picks_its_account_also_without_pages_and_nobody_else()
    {
        var (browser, people) = await fixture.TogetherAsync();
        using var _ = browser;
        using RelyingParty party = new(fixture.Host);
        var second = await IdTokenAsync(party, await browser.GetAsync(party.AuthorizeUrl()));
        await fixture.ChooseAsync(browser, people[0]);

        var answer = await browser.GetAsync(
            party.AuthorizeUrl("openid", ("prompt", "none"), ("id_token_hint", second))
        );
        var subject = await SubjectAsync(party, answer);
        await fixture.EndAsync(await fixture.SessionAsync(people[1]));
        var gone = await browser.GetAsync(party.AuthorizeUrl("openid", ("prompt", "none"), ("id_token_hint", second)));

        Assert.Equal(people[1].Id, subject);
        Assert.Equal("login_required", AnswerOf(gone, "error"));
        Assert.Equal(people[0].Id, await fixture.CurrentAsync(browser));
    }

    [Fact]
    public async Task After_signing_out_of_the_current_account_a_client_without_a_hint_lets_the_person_choose()
    {
        var (browser, people) = await fixture.TogetherAsync(Most);
        using var _ = browser;
        using RelyingParty party = new(fixture.Host);
        await browser.SubmitAsync(await browser.GetAsync("/sign-out"), []);

        var silent = await browser.GetAsync(party.AuthorizeUrl("openid", ("prompt", "none")));
        var hinted = await browser.GetAsync(
            party.AuthorizeUrl("openid", ("prompt", "none"), ("login_hint", people[0].Email))
        );
        var subject = await SubjectAsync(party, hinted);
        var page = await browser.FollowAsync(await browser.GetAsync(party.AuthorizeUrl()));
        var answer = await browser.FollowAsync(await fixture.ChooseAsync(browser, people[1], page));

        Assert.Equal("account_selection_required", AnswerOf(silent, "error"));
        Assert.Equal(people[0].Id, subject);
        Assert.Equal(Chooser, page.Address.AbsolutePath);
        Assert.Equal(people[1].Id, await SubjectAsync(party, answer));
    }

    [Theory]
    [InlineData("prompt", "select_account login")]
    [InlineData("max_age", "600")]
    public async Task The_chosen_account_proves_itself_anew_and_the_other_is_not_asked(string name, string value)
    {
        var (browser, people) = await fixture.TogetherAsync();
        using var _ = browser;
        using RelyingParty party = new(fixture.Host);
        await fixture.AgeAsync(TimeSpan.FromHours(1), people[0]);
        var before = await fixture.SessionAsync(people[1]);
        (string, string?)[] wish = name == "prompt" ? [(name, value)] : [("prompt", "select_account"), (name, value)];

        var page = await browser.FollowAsync(await browser.GetAsync(party.AuthorizeUrl("openid", wish)));
        var form = await browser.FollowAsync(await fixture.ChooseAsync(browser, people[0], page));
        var answer = await browser.FollowAsync(
            await browser.SubmitAsync(
                form,
                [("Input.Email", people[0].Email), ("Input.Password", PagesFixture.Password)]
            )
        );

        Assert.Equal(Chooser, page.Address.AbsolutePath);
        Assert.Equal("/sign-in", form.Address.AbsolutePath);
        Assert.Equal(people[0].Id, await SubjectAsync(party, answer));
        Assert.Equal(before, await fixture.SessionAsync(people[1]));
    }

    [Fact]
    public async Task An_account_that_signed_in_before_the_request_is_no_new_proof_for_it()
    {
        var (browser, people) = await fixture.TogetherAsync();
        using var _ = browser;
        using RelyingParty party = new(fixture.Host);
        await fixture.ChooseAsync(browser, people[0]);
        await fixture.AgeAsync(TimeSpan.FromMinutes(30), people[0]);

        // The question is asked of the first account; the second signed in later than that, but before the question.
        var asked = await browser.GetAsync(party.AuthorizeUrl("openid", ("prompt", "login")));
        await fixture.ChooseAsync(browser, people[1]);
        var back = Uri.UnescapeDataString(asked.Location!.Split("returnUrl=")[1]);

        Assert.StartsWith("/sign-in?", (await browser.GetAsync(back)).Location, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_session_state_of_an_account_changes_when_that_account_signs_out_and_for_no_other()
    {
        var (browser, people) = await fixture.TogetherAsync();
        using var _ = browser;
        using RelyingParty party = new(fixture.Host);
        var states = new List<string>();
        foreach (var person in people)
        {
            var answer = await browser.GetAsync(party.AuthorizeUrl("openid", ("login_hint", person.Email)));
            states.Add(AnswerOf(answer, "session_state")!);
        }

        var both = states.ConvertAll(state => IsUnchanged(browser, state));
        await AddAsync(browser, await fixture.Pages.UserAsync());
        var added = states.ConvertAll(state => IsUnchanged(browser, state));
        await browser.SubmitAsync(
            await browser.GetAsync(Chooser),
            [("account", (await fixture.SessionAsync(people[0])).ToString("D"))],
            "/sign-out?returnUrl=%2Fchoose-account"
        );

        Assert.Equal([true, true], both);
        Assert.Equal([true, true], added);
        Assert.Equal([false, true], states.ConvertAll(state => IsUnchanged(browser, state)));
    }

    [Fact]
    public async Task A_logout_by_the_id_token_ends_that_account_whichever_is_current_and_tells_its_clients_alone()
    {
        var (browser, people) = await fixture.TogetherAsync();
        using var _ = browser;
        using RelyingParty party = new(fixture.Host);
        var first = await IdTokenAsync(
            party,
            await browser.GetAsync(party.AuthorizeUrl("openid", ("login_hint", people[0].Email)))
        );
        await browser.GetAsync(party.AuthorizeUrl());

        var answer = await browser.GetAsync(
            $"/connect/end-session?id_token_hint={first}&post_logout_redirect_uri=https://app.example/bye"
        );

        Assert.Equal("https://app.example/bye", answer.Location);
        Assert.Empty(await fixture.SessionsAsync(people[0]));
        Assert.Equal(people[1].Id, await fixture.CurrentAsync(browser));
        Assert.Equal((1, 0), (await DeliveriesAsync(people[0].Id), await DeliveriesAsync(people[1].Id)));
    }

    [Fact]
    public async Task A_logout_without_a_hint_asks_and_all_accounts_end_with_a_frame_for_each_session()
    {
        var (browser, people) = await fixture.TogetherAsync();
        using var _ = browser;
        using RelyingParty party = new(fixture.Host, "front", Front);
        foreach (var person in people)
            await browser.GetAsync(party.AuthorizeUrl("openid", ("login_hint", person.Email)));
        var sessions = new[] { await fixture.SessionAsync(people[0]), await fixture.SessionAsync(people[1]) };

        var page = await browser.FollowAsync(await browser.GetAsync("/connect/end-session?client_id=front"));
        var answer = await browser.FollowAsync(await browser.SubmitAsync(page, [("all", "true")]));

        Assert.Equal("/sign-out", page.Address.AbsolutePath);
        Assert.Equal("/signed-out", answer.Address.AbsolutePath);
        foreach (var session in sessions)
            Assert.Contains($"sid={session:D}", answer.Html, StringComparison.Ordinal);
        foreach (var one in people)
            Assert.Empty(await fixture.SessionsAsync(one));
    }

    private Task<long> DeliveriesAsync(Guid user) =>
        fixture.Database.ScalarAsync<long>(
            "SELECT count(*) FROM idp.logout_deliveries WHERE user_id = @id",
            ("id", user)
        );

    // What the script of the session iframe does: one of the browser's states has to fit.
    private static bool IsUnchanged(PageBrowser browser, string state) =>
        browser
            .CookieHeader.Split("; ")
            .Where(static cookie => cookie.StartsWith("__Host-identity-state", StringComparison.Ordinal))
            .Select(static cookie => cookie.Split('=')[1])
            .Any(value =>
                Convert.ToHexStringLower(
                    SHA256.HashData(Encoding.UTF8.GetBytes($"web https://app.example {value} {state.Split('.')[1]}"))
                ) == state.Split('.')[0]
            );
}
