using Identity.Core.Users;
using Identity.Testing;
using static Identity.IntegrationTests.Pages.Accounts.AccountsFixture;

namespace Identity.IntegrationTests.Pages.Accounts;

/// <summary>SE-11: two tabs of one browser with different accounts, and requests that cross.</summary>
[Collection(AccountsCollection.Name)]
public sealed class AccountRaceTests(AccountsFixture fixture)
{
    // A client that has to ask for consent.
    private const string Asking = "asking";

    [Theory]
    [InlineData("allow")]
    [InlineData("deny")]
    public async Task SE_11_a_decision_on_the_page_of_one_account_is_never_that_of_another(string decision)
    {
        var (browser, people) = await fixture.TogetherAsync();
        using var _ = browser;
        using RelyingParty party = new(fixture.Host, Asking, "https://asking.example/callback");
        var page = await browser.FollowAsync(await browser.GetAsync(party.AuthorizeUrl()));
        await fixture.ChooseAsync(browser, people[0]);

        var answer = await browser.SubmitAsync(page, [("decision", decision)]);
        var shown = await browser.GetAsync(answer.Location!);

        Assert.Contains(people[1].Email, page.Text, StringComparison.Ordinal);
        Assert.StartsWith("/consent?", answer.Location, StringComparison.Ordinal);
        Assert.Contains(people[0].Email, shown.Text, StringComparison.Ordinal);
        Assert.Contains("nothing was changed", shown.Text, StringComparison.Ordinal);
        Assert.Equal((0, 0), (await ConsentsAsync(people[0]), await ConsentsAsync(people[1])));
    }

    [Fact]
    public async Task SE_11_a_request_goes_on_for_the_account_that_consented_whatever_another_tab_chose()
    {
        var (browser, people) = await fixture.TogetherAsync();
        using var _ = browser;
        using RelyingParty party = new(fixture.Host, Asking, "https://asking.example/callback");
        var page = await browser.FollowAsync(await browser.GetAsync(party.AuthorizeUrl()));

        var allowed = await browser.SubmitAsync(page, [("decision", "allow")]);
        await fixture.ChooseAsync(browser, people[0]);
        var answer = await browser.GetAsync(allowed.Location!);

        Assert.Equal(people[1].Id, await SubjectAsync(party, answer));
        Assert.Equal((0, 1), (await ConsentsAsync(people[0]), await ConsentsAsync(people[1])));
        Assert.Equal(people[0].Id, await fixture.CurrentAsync(browser));
    }

    [Fact]
    public async Task SE_11_a_request_that_was_asked_for_one_account_goes_on_for_the_one_that_allowed_it()
    {
        var (browser, people) = await fixture.TogetherAsync();
        using var _ = browser;
        using RelyingParty party = new(fixture.Host, Asking, "https://asking.example/callback");
        var earlier = await browser.FollowAsync(await browser.GetAsync(party.AuthorizeUrl()));
        await browser.FollowAsync(await browser.SubmitAsync(earlier, [("decision", "allow")]));
        var asked = await browser.GetAsync(party.AuthorizeUrl("openid", ("prompt", "consent")));
        await fixture.ChooseAsync(browser, people[0]);

        var page = await browser.GetAsync(asked.Location!);
        var answer = await browser.FollowAsync(await browser.SubmitAsync(page, [("decision", "allow")]));

        Assert.Contains(people[0].Email, page.Text, StringComparison.Ordinal);
        Assert.Equal(people[0].Id, await SubjectAsync(party, answer));
    }

    [Fact]
    public async Task SE_11_parallel_switches_and_decisions_never_mix_the_accounts()
    {
        var (browser, people) = await fixture.TogetherAsync();
        using var _ = browser;
        using RelyingParty party = new(fixture.Host, Asking, "https://asking.example/callback");
        var page = await browser.FollowAsync(await browser.GetAsync(party.AuthorizeUrl()));
        var chooser = await browser.GetAsync(Chooser);

        await Task.WhenAll(
            Enumerable
                .Range(0, 16)
                .Select(i =>
                    i % 2 == 0
                        ? browser.SubmitAsync(page, [("decision", "allow")])
                        : fixture.ChooseAsync(browser, people[i / 2 % 2], chooser)
                )
        );

        // The page was the second account's, so only that account may have consented.
        Assert.Equal(0, await ConsentsAsync(people[0]));
    }

    [Fact]
    public async Task SE_11_a_form_of_the_account_is_done_for_the_account_that_it_showed_or_not_at_all()
    {
        var (browser, people) = await fixture.TogetherAsync();
        using var _ = browser;
        var page = await browser.GetAsync("/account/profile");
        await fixture.ChooseAsync(browser, people[0]);

        var answer = await browser.SubmitAsync(page, [("Input.Name", "Changed")]);
        var shown = await browser.GetAsync(answer.Location!);
        await fixture.ChooseAsync(browser, people[1]);
        var done = await browser.SubmitAsync(page, [("Input.Name", "Changed")]);

        Assert.Equal("/account/profile?switched=", answer.Location);
        Assert.Contains("nothing was changed", shown.Text, StringComparison.Ordinal);
        Assert.Equal("/account/profile?done", done.Location);
        Assert.Equal(("Person 0", "Changed"), (await NameAsync(people[0]), await NameAsync(people[1])));
    }

    [Fact]
    public async Task SE_11_of_twenty_accounts_added_at_once_every_live_session_is_in_the_list()
    {
        var (browser, people) = await fixture.TogetherAsync(1);
        using var _ = browser;
        var more = new UserAccount[20];
        for (var i = 0; i < more.Length; i++)
            more[i] = await fixture.Pages.UserAsync();
        var form = await browser.GetAsync("/sign-in?add");

        await Task.WhenAll(
            more.Select(one =>
                browser.SubmitAsync(form, [("Input.Email", one.Email), ("Input.Password", PagesFixture.Password)])
            )
        );
        var unseen = await UnseenAsync(browser, people.Concat(more));
        var page = await browser.GetAsync(Chooser);

        Assert.Empty(unseen);
        var left = 0;
        foreach (var one in people.Concat(more))
        {
            var live = (await fixture.SessionsAsync(one)).Length;
            Assert.Equal(live == 1, page.Text.Contains(one.Email, StringComparison.Ordinal));
            left += live;
        }
        Assert.Equal(Most, left);
        Assert.Empty(await UnseenAsync(browser, people.Concat(more)));
    }

    [Fact]
    public async Task SE_11_one_account_added_twice_at_once_is_there_once()
    {
        var (browser, people) = await fixture.TogetherAsync(1);
        using var _ = browser;
        var twice = await fixture.Pages.UserAsync();
        var form = await browser.GetAsync("/sign-in?add");

        await Task.WhenAll(
            Enumerable
                .Range(0, 4)
                .Select(_ =>
                    browser.SubmitAsync(form, [("Input.Email", twice.Email), ("Input.Password", PagesFixture.Password)])
                )
        );
        await browser.GetAsync(Chooser);

        Assert.True(Holds(browser, await fixture.SessionAsync(twice)));
        await fixture.SessionAsync(people[0]);
    }

    [Fact]
    public async Task SE_11_signing_out_of_all_while_an_account_is_added_leaves_nothing_unseen()
    {
        var (browser, people) = await fixture.TogetherAsync();
        using var _ = browser;
        var third = await fixture.Pages.UserAsync();
        var (form, page) = (await browser.GetAsync("/sign-in?add"), await browser.GetAsync("/sign-out"));

        await Task.WhenAll(
            browser.SubmitAsync(form, [("Input.Email", third.Email), ("Input.Password", PagesFixture.Password)]),
            browser.SubmitAsync(page, [("all", "true")])
        );

        foreach (var one in people)
            Assert.Empty(await fixture.SessionsAsync(one));
        Assert.Empty(await UnseenAsync(browser, [third]));
    }

    // Sessions that are live and that the browser does not hold.
    private async Task<List<Guid>> UnseenAsync(PageBrowser browser, IEnumerable<UserAccount> people)
    {
        List<Guid> unseen = [];
        foreach (var one in people)
            unseen.AddRange((await fixture.SessionsAsync(one)).Where(session => !Holds(browser, session)));
        return unseen;
    }

    private Task<long> ConsentsAsync(UserAccount user) =>
        fixture.Database.ScalarAsync<long>(
            "SELECT count(*) FROM idp.grants WHERE kind = 'consent' AND user_id = @id AND client_id = @client",
            ("id", user.Id),
            ("client", Asking)
        );

    private Task<string?> NameAsync(UserAccount user) =>
        fixture.Database.ScalarAsync<string>("SELECT name FROM public.users WHERE id = @id", ("id", user.Id));
}
