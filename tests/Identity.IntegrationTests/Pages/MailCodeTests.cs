using System.Net;
using System.Text.RegularExpressions;
using Identity.Core.Mail;
using Identity.Core.Users;
using Identity.Testing;

namespace Identity.IntegrationTests.Pages;

/// <summary>Sign-in by a code in a mail: one use, one browser, few tries, and equal answers for everybody.</summary>
public sealed partial class MailCodeTests(PagesFixture fixture) : IClassFixture<PagesFixture>, IAsyncLifetime
{
    private const string Path = "/sign-in/code?returnUrl=%2Faccount%2Fprofile";
    private IdentityHost? _host;

    private IdentityHost Host => _host!;

    public async Task InitializeAsync() =>
        _host = await IdentityHost.StartAsync(
            fixture.Database,
            new Dictionary<string, string?> { ["Identity:Recovery:MailCodes"] = "true" }
        );

    public async Task DisposeAsync() => await Host.DisposeAsync();

    [Fact]
    public async Task A_code_signs_in_once_where_it_was_asked_for_and_the_second_factor_stays_due()
    {
        var user = await fixture.UserAsync();
        using var browser = new PageBrowser(Host);
        using var stranger = new PageBrowser(Host);
        var form = await AskAsync(browser, user.Email);
        var other = await AskAsync(stranger, "nobody@example.org");
        var code = await CodeAsync(user);

        var elsewhere = await TryAsync(stranger, other, code);
        var signedIn = await TryAsync(browser, form, code[..3] + " " + code[3..]);
        var session = await fixture.Database.ScalarAsync<string>(
            "SELECT array_to_string(amr, ' ') || ' ' || acr FROM sessions WHERE user_id = @id",
            ("id", user.Id)
        );
        await fixture.Database.ExecuteAsync(
            "UPDATE users SET two_factor_enabled = true WHERE id = @id",
            ("id", user.Id)
        );
        using var second = new PageBrowser(Host);
        var next = await AskAsync(second, user.Email);
        var half = await TryAsync(second, next, await CodeAsync(user));

        Assert.Contains("That code doesn’t work", elsewhere.Text, StringComparison.Ordinal);
        Assert.Equal("/account/profile", signedIn.Location);
        Assert.Equal("email aal1", session);
        Assert.StartsWith("/two-factor", half.Location, StringComparison.Ordinal);
        Assert.Null(second.Cookie("__Host-identity"));
    }

    [Fact]
    public async Task One_of_ten_parallel_uses_signs_in()
    {
        var user = await fixture.UserAsync();
        using var browser = new PageBrowser(Host);
        var form = await AskAsync(browser, user.Email);
        var code = await CodeAsync(user);

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => TryAsync(browser, form, code)));

        Assert.Single(answers, static answer => answer.Status == HttpStatusCode.SeeOther);
        Assert.Equal(
            1L,
            await fixture.Database.ScalarAsync<long>(
                "SELECT count(*) FROM sessions WHERE user_id = @id",
                ("id", user.Id)
            )
        );
    }

    [Fact]
    public async Task Twenty_parallel_guesses_have_five_tries_and_then_the_right_code_is_void()
    {
        var user = await fixture.UserAsync();
        using var browser = new PageBrowser(Host);
        var form = await AskAsync(browser, user.Email);
        var code = await CodeAsync(user);
        var wrong = code == "000000" ? "000001" : "000000";

        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => TryAsync(browser, form, wrong)));
        var tries = await fixture.Database.ScalarAsync<short>(
            "SELECT tries FROM idp.sign_in_codes WHERE user_id = @id",
            ("id", user.Id)
        );
        var right = await TryAsync(browser, form, code);

        Assert.Equal(5, tries);
        Assert.NotEqual(HttpStatusCode.SeeOther, right.Status);
        Assert.Null(browser.Cookie("__Host-identity"));
    }

    [Fact]
    public async Task Ten_wrong_codes_stop_codes_for_the_address_alike_whether_or_not_it_has_an_account()
    {
        var user = await fixture.UserAsync();
        var absent = $"{Guid.NewGuid():N}@example.org";

        var known = await GuessAsync(user.Email);
        var unknown = await GuessAsync(absent);

        Assert.Equal(known, unknown);
        Assert.Equal(HttpStatusCode.TooManyRequests, known[^1].Status);
    }

    [Fact]
    public async Task A_new_code_a_new_password_and_time_void_a_code()
    {
        var user = await fixture.UserAsync();
        using var first = new PageBrowser(Host);
        using var second = new PageBrowser(Host);
        var old = await AskAsync(first, user.Email);
        var oldCode = await CodeAsync(user);
        var form = await AskAsync(second, user.Email);
        var code = await CodeAsync(user);

        var replaced = await TryAsync(first, old, oldCode);
        await fixture.Database.ExecuteAsync(
            "UPDATE users SET credential_version = credential_version + 1 WHERE id = @id",
            ("id", user.Id)
        );
        var changed = await TryAsync(second, form, code);
        await fixture.Database.ExecuteAsync(
            "UPDATE idp.sign_in_codes SET expires_at = now() WHERE user_id = @id",
            ("id", user.Id)
        );
        var expired = await TryAsync(second, form, code);

        Assert.All([replaced, changed, expired], static page => Assert.Equal(HttpStatusCode.OK, page.Status));
        Assert.Contains("has expired", expired.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("١٢٣٤٥٦")]
    [InlineData("12345678901234567890")]
    [InlineData("' OR 1=1 --")]
    public async Task Other_texts_are_wrong_codes(string typed)
    {
        var user = await fixture.UserAsync();
        using var browser = new PageBrowser(Host);
        var form = await AskAsync(browser, user.Email);

        var answer = await TryAsync(browser, form, typed);

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Null(browser.Cookie("__Host-identity"));
    }

    [Fact]
    public async Task Codes_are_off_until_they_are_turned_on()
    {
        using var off = new PageBrowser(fixture.Host);
        using var on = new PageBrowser(Host);

        var page = await off.GetAsync("/sign-in/code");
        var (without, with) = (await off.GetAsync("/sign-in"), await on.GetAsync("/sign-in"));

        Assert.Equal(HttpStatusCode.NotFound, page.Status);
        Assert.DoesNotContain("/sign-in/code", without.Html, StringComparison.Ordinal);
        Assert.Contains("/sign-in/code", with.Html, StringComparison.Ordinal);
    }

    private static async Task<VisitedPage> AskAsync(PageBrowser browser, string email) =>
        await browser.FollowAsync(await browser.SubmitAsync(await browser.GetAsync(Path), [("Input.Email", email)]));

    private static Task<VisitedPage> TryAsync(PageBrowser browser, VisitedPage form, string code) =>
        browser.SubmitAsync(form, [("Input.Code", code)]);

    // What two codes with six tries each are answered.
    private async Task<List<(HttpStatusCode Status, string Text)>> GuessAsync(string email)
    {
        List<(HttpStatusCode, string)> answers = [];
        for (var code = 0; code < 3; code++)
        {
            using var browser = new PageBrowser(Host);
            var form = await AskAsync(browser, email);
            answers.Add((form.Status, form.Text));
            for (var guess = 0; guess < 5; guess++)
            {
                var answer = await TryAsync(browser, form, "wrong1");
                answers.Add((answer.Status, answer.Status == HttpStatusCode.OK ? answer.Text : ""));
            }
        }
        return answers;
    }

    private async Task<string> CodeAsync(UserAccount user)
    {
        var mail = (await fixture.Service<MailboxReader>().ListAsync(200, default)).First(mail =>
            mail.Kind == "mail_code" && mail.Content.To == user.Email
        );
        return CodePattern().Match(mail.Content.Text).Value;
    }

    [GeneratedRegex(@"(?<!\d)\d{6}(?!\d)")]
    private static partial Regex CodePattern();
}
