using System.Net;
using System.Text.RegularExpressions;
using Identity.Core.Users;
using Identity.Testing;

namespace Identity.IntegrationTests.Pages;

/// <summary>Identifier-first sign-in: the address on one page, the ways to sign in on the next. That nobody learns from
/// it who has an account is held by <see cref="EqualAnswerTests"/>.</summary>
public sealed partial class IdentifierFirstTests(IdentifierFirstFixture fixture) : IClassFixture<IdentifierFirstFixture>
{
    private const string Back = "/sign-in?returnUrl=%2Faccount%2Fprofile";
    private const string PasswordForm = "/sign-in?identified&returnUrl=%2Faccount%2Fprofile";
    private const string AddressForm = "handler=Address";
    private const string Authorize =
        "/connect/authorize?client_id=shop&response_type=code&redirect_uri=https%3A%2F%2Fshop.example%2Fsigned-in"
        + "&scope=openid&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";

    private PagesFixture Pages => fixture.Pages;

    [Fact]
    public async Task A_person_types_the_address_then_the_password_and_no_address_bar_has_either()
    {
        var user = await Pages.UserAsync();
        using var browser = new PageBrowser(Pages.Host);

        var first = await browser.GetAsync(Back);
        var sent = await browser.SubmitAsync(first, [("Input.Email", user.Email)]);
        var second = await browser.FollowAsync(sent);
        var signedIn = await browser.SubmitAsync(second, [("Input.Password", PagesFixture.Password)], PasswordForm);

        Assert.DoesNotContain("type=\"password\"", first.Html, StringComparison.Ordinal);
        Assert.Contains("autocomplete=\"username webauthn\"", first.Html, StringComparison.Ordinal);
        Assert.Contains("/register?returnUrl=%2Faccount%2Fprofile", first.Html, StringComparison.Ordinal);
        Assert.Equal("/sign-in?identified&returnUrl=%2Faccount%2Fprofile", sent.Location);
        Assert.Matches(HiddenUsername(), second.Html);
        Assert.Contains("/sign-in?change&amp;returnUrl=%2Faccount%2Fprofile", second.Html, StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.SeeOther, "/account/profile"), (signedIn.Status, signedIn.Location));
    }

    [Fact]
    public async Task A_wrong_password_keeps_the_address_and_attempts_are_counted_as_ever()
    {
        var user = await Pages.UserAsync();
        using var browser = new PageBrowser(Pages.Host);
        var page = await IdentifyAsync(browser, user.Email);

        for (var attempt = 0; attempt < 5; attempt++)
            page = await browser.SubmitAsync(page, [("Input.Password", "not-the-password")], PasswordForm);
        var right = await browser.SubmitAsync(page, [("Input.Password", PagesFixture.Password)], PasswordForm);
        var again = await browser.GetAsync("/sign-in?identified&returnUrl=%2Faccount%2Fprofile");

        Assert.Contains("paused for up to 30 minutes", page.Text, StringComparison.Ordinal);
        Assert.Matches(HiddenUsername(), page.Html);
        Assert.Equal(HttpStatusCode.OK, right.Status);
        Assert.Null(browser.Cookie("__Host-identity"));
        Assert.Matches(HiddenUsername(), again.Html);
    }

    [Fact]
    public async Task Not_you_leads_back_to_an_empty_first_page_and_another_tab_has_its_own_address()
    {
        var (one, two) = (await Pages.UserAsync(), await Pages.UserAsync());
        using var browser = new PageBrowser(Pages.Host);
        var firstTab = await IdentifyAsync(browser, one.Email);

        var changed = await browser.GetAsync("/sign-in?change&returnUrl=%2Faccount%2Fprofile");
        var secondTab = await browser.FollowAsync(await browser.SubmitAsync(changed, [("Input.Email", two.Email)]));
        var signedIn = await browser.SubmitAsync(firstTab, [("Input.Password", PagesFixture.Password)], PasswordForm);

        Assert.DoesNotContain(one.Email, changed.Html, StringComparison.Ordinal);
        Assert.Contains(two.Email, secondTab.Text, StringComparison.Ordinal);
        Assert.Equal("/account/profile", signedIn.Location);
        Assert.Equal(1L, await SessionsAsync(one));
        Assert.Equal(0L, await SessionsAsync(two));
    }

    [Fact]
    public async Task A_login_hint_and_a_known_person_skip_the_first_page_and_choosing_an_account_does_not()
    {
        var user = await Pages.UserAsync();
        using var stranger = new PageBrowser(Pages.Host);
        using var known = new PageBrowser(Pages.Host);
        await SignInAsync(known, user.Email);

        var hinted = await AuthorizeAsync(stranger, "&login_hint=ada%40example.org");
        var change = await stranger.GetAsync(
            "/sign-in?change&returnUrl=" + hinted.Address.Query.Split("returnUrl=")[1]
        );
        var anew = await AuthorizeAsync(known, "&prompt=login");
        var choice = await AuthorizeAsync(known, "&prompt=login%20select_account");
        var signedIn = await known.SubmitAsync(
            anew,
            [("Input.Password", PagesFixture.Password)],
            anew.Forms.First(static form => form.Action.Contains("?identified", StringComparison.Ordinal)).Action
        );

        Assert.Contains("ada@example.org", hinted.Text, StringComparison.Ordinal);
        Assert.Matches(HiddenUsername(), hinted.Html);
        Assert.Contains("The Shop", change.Text, StringComparison.Ordinal);
        Assert.Contains(AddressForm, change.Html, StringComparison.Ordinal);
        Assert.Contains(user.Email, anew.Text, StringComparison.Ordinal);
        Assert.Matches(HiddenUsername(), anew.Html);
        Assert.DoesNotContain("type=\"password\"", choice.Html, StringComparison.Ordinal);
        Assert.StartsWith("/connect/authorize?", signedIn.Location, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_button_of_the_second_page_mails_a_code_or_a_link_to_the_address()
    {
        var user = await Pages.UserAsync();
        using var browser = new PageBrowser(Pages.Host);
        var page = await IdentifyAsync(browser, user.Email);

        var code = await browser.SubmitAsync(page, [], "/sign-in/code?returnUrl=%2Faccount%2Fprofile");
        var link = await browser.SubmitAsync(page, [], "/sign-in/link?returnUrl=%2Faccount%2Fprofile");

        Assert.Equal("/sign-in/code?sent&returnUrl=%2Faccount%2Fprofile", code.Location);
        Assert.Equal("/sign-in/link?sent&returnUrl=%2Faccount%2Fprofile", link.Location);
        Assert.Equal(
            2L,
            await Pages.Database.ScalarAsync<long>(
                "SELECT count(*) FROM idp.mail_outbox WHERE user_id = @id AND kind IN ('mail_code', 'magic_link')",
                ("id", user.Id)
            )
        );
    }

    [Theory]
    [InlineData("ada@corp.example", "ada@corp.example")]
    [InlineData("Nobody@CORP.Example", "Nobody@CORP.Example")]
    public async Task An_address_of_a_providers_domain_goes_there_at_once_and_may_still_sign_in_here(
        string typed,
        string hint
    )
    {
        using var browser = new PageBrowser(Pages.Host);

        var sent = await browser.SubmitAsync(await browser.GetAsync(Back), [("Input.Email", typed)]);
        var going = await browser.FollowAsync(sent);
        var target = new Uri(WebUtility.HtmlDecode(Refresh().Match(going.Html).Groups[1].Value));
        var first = await browser.GetAsync(Back);
        var second = await browser.GetAsync("/sign-in?identified&returnUrl=%2Faccount%2Fprofile");

        Assert.Equal("/external/start?returnUrl=%2Faccount%2Fprofile", sent.Location);
        Assert.Equal("accounts.google.com", target.Host);
        Assert.Contains("login_hint=" + Uri.EscapeDataString(hint), target.Query, StringComparison.Ordinal);
        Assert.Contains("Sign in another way", first.Text, StringComparison.Ordinal);
        Assert.Equal("/external/start?returnUrl=%2Faccount%2Fprofile", second.MainForm.Action);
        Assert.Matches(HiddenUsername(), second.Html);
    }

    [Fact]
    public async Task Without_a_typed_address_nothing_leads_to_a_provider_unasked()
    {
        using var browser = new PageBrowser(Pages.Host);

        var started = await browser.GetAsync("/external/start");
        var first = await browser.GetAsync("/sign-in");
        var second = await browser.GetAsync("/sign-in?identified");

        Assert.Equal("/sign-in", started.Location);
        Assert.DoesNotContain("Sign in another way", first.Text, StringComparison.Ordinal);
        Assert.Contains(AddressForm, second.Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_browser_that_signed_in_before_is_shown_what_the_account_can_do_and_no_other_is()
    {
        var user = await Pages.UserAsync();
        using var known = new PageBrowser(Pages.Host);
        using var other = new PageBrowser(Pages.Host);
        await SignInAndOutAsync(known, user.Email);
        await SignInAndOutAsync(other, (await Pages.UserAsync()).Email);
        var withPassword = await IdentifyAsync(known, user.Email);
        await Pages.Database.ExecuteAsync(
            """
            WITH gone AS (UPDATE users SET password_hash = NULL WHERE id = @id)
            INSERT INTO idp.external_logins (provider, subject, user_id, issuer) VALUES ('other', @id::text, @id, 'x')
            """,
            ("id", user.Id)
        );

        var withProvider = await IdentifyAsync(known, user.Email);
        var elsewhere = await IdentifyAsync(other, user.Email);
        await Pages.Database.ExecuteAsync("UPDATE users SET is_disabled = true WHERE id = @id", ("id", user.Id));
        var disabled = await IdentifyAsync(known, user.Email);

        Assert.Equal((true, false, false), Shown(withPassword));
        Assert.Equal((false, true, false), Shown(withProvider));
        Assert.All([elsewhere, disabled], static page => Assert.Equal((true, true, true), Shown(page)));

        static (bool Password, bool Elsewhere, bool Office) Shown(VisitedPage page) =>
            (
                page.Html.Contains("type=\"password\"", StringComparison.Ordinal),
                page.Text.Contains("Elsewhere", StringComparison.Ordinal),
                page.Text.Contains("The Office", StringComparison.Ordinal)
            );
    }

    [Theory]
    [InlineData("")]
    [InlineData("ada")]
    [InlineData("ada@example.org\r\nSet-Cookie: x=y")]
    [InlineData("\"><script>alert(1)</script>@example.org")]
    [InlineData("ada@example.org@corp.example")]
    [InlineData("ada@exa\u0000mple.org")]
    public async Task What_is_no_address_stays_on_the_first_page_with_a_word_beside_the_field(string typed)
    {
        using var browser = new PageBrowser(Pages.Host);
        var page = await browser.GetAsync(Back);

        var answer = await browser.SubmitAsync(page, [("Input.Email", typed)]);
        var forged = await browser.SubmitAsync(
            page with
            {
                Html = page.Html.Replace("?handler=Address&amp;", "?identified&amp;", StringComparison.Ordinal),
            },
            [("Input.Email", typed), ("Input.Password", PagesFixture.Password)]
        );

        foreach (var shown in (VisitedPage[])[answer, forged])
        {
            Assert.Contains(shown.Status, (HttpStatusCode[])[HttpStatusCode.OK, HttpStatusCode.BadRequest]);
            Assert.Contains("id=\"Input_Email-error\"", shown.Html, StringComparison.Ordinal);
            Assert.DoesNotContain("<script>alert", shown.Html, StringComparison.Ordinal);
        }
        Assert.Null(browser.Cookie("__Host-sign-in-address"));
    }

    [Fact]
    public async Task An_address_of_254_characters_is_kept_and_a_longer_one_or_a_forged_cookie_is_not()
    {
        var longest = $"{new string('a', 64)}@{string.Join('.', Enumerable.Repeat(new string('b', 61), 3))}.com";
        using var browser = new PageBrowser(Pages.Host);

        var kept = await IdentifyAsync(browser, longest);
        var refused = await browser.SubmitAsync(await browser.GetAsync(Back), [("Input.Email", longest + "m")]);
        browser.UseCookie("__Host-sign-in-address", "ada@example.org");
        var forged = await browser.GetAsync("/sign-in?identified");

        Assert.Equal(254, longest.Length);
        Assert.Contains(longest, kept.Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, refused.Status);
        Assert.Contains(AddressForm, forged.Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_language_switch_stays_on_the_second_page()
    {
        using var browser = new PageBrowser(Pages.Host);
        var page = await IdentifyAsync(browser, "ada@example.org");

        var german = await browser.FollowAsync(
            await browser.SubmitAsync(page, [("language", "de")], "handler=Language")
        );

        Assert.Contains("Nicht Sie?", german.Text, StringComparison.Ordinal);
        Assert.Matches(HiddenUsername(), german.Html);
    }

    private static async Task<VisitedPage> IdentifyAsync(PageBrowser browser, string email) =>
        await browser.FollowAsync(await browser.SubmitAsync(await browser.GetAsync(Back), [("Input.Email", email)]));

    private static async Task SignInAsync(PageBrowser browser, string email)
    {
        var page = await IdentifyAsync(browser, email);
        var answer = await browser.SubmitAsync(page, [("Input.Password", PagesFixture.Password)], PasswordForm);
        Assert.Equal(HttpStatusCode.SeeOther, answer.Status);
    }

    // The browser keeps its device cookie.
    private static async Task SignInAndOutAsync(PageBrowser browser, string email)
    {
        await SignInAsync(browser, email);
        await browser.SubmitAsync(await browser.GetAsync("/sign-out"), []);
    }

    private static async Task<VisitedPage> AuthorizeAsync(PageBrowser browser, string more) =>
        await browser.FollowAsync(await browser.GetAsync(Authorize + more));

    private Task<long> SessionsAsync(UserAccount user) =>
        Pages.Database.ScalarAsync<long>(
            "SELECT count(*) FROM sessions WHERE user_id = @id AND is_active",
            ("id", user.Id)
        );

    // As password managers need it: in the form of the password, with its name, filled in, and not to be typed into.
    [GeneratedRegex(
        "<input type=\"text\" name=\"Input.Email\" value=\"[^\"]+\" autocomplete=\"username\" hidden readonly"
    )]
    private static partial Regex HiddenUsername();

    [GeneratedRegex("http-equiv=\"refresh\" content=\"0;url=([^\"]+)\"")]
    private static partial Regex Refresh();
}
