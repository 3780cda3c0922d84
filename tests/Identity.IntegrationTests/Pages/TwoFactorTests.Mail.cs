using System.Net;
using System.Text.RegularExpressions;
using Identity.Core.Mail;
using Identity.Core.TwoFactor;
using Identity.Core.Users;
using Identity.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Identity.IntegrationTests.Pages;

// A mailed code in the place of the second factor, which the second instance allows.
public sealed partial class TwoFactorTests
{
    [Fact]
    public async Task MF_10_a_mailed_code_stands_in_for_the_second_factor_and_the_session_stays_at_one()
    {
        var user = (await fixture.EnrolledAsync()).User;
        using var browser = new PageBrowser(fixture.Two);
        using var stranger = new PageBrowser(fixture.Two);
        using var party = new RelyingParty(fixture.Two);
        var page = await MailAsync(browser, user);
        var code = await CodeAsync(user);
        var other = await MailAsync(stranger, (await fixture.EnrolledAsync()).User);

        var elsewhere = await stranger.SubmitAsync(other, [("Input.Code", code)]);
        var signedIn = await browser.SubmitAsync(page, [("Input.Code", code)]);
        var off = await browser.SubmitAsync(await browser.GetAsync("/account/two-factor"), [], "handler=SwitchOff");
        var two = await browser.GetAsync(party.AuthorizeUrl("openid", ("acr_values", "aal2")));

        Assert.Contains("That code doesn’t work", elsewhere.Text, StringComparison.Ordinal);
        Assert.Equal("/account/profile", signedIn.Location);
        Assert.Equal("email pwd aal1", await fixture.MethodsAsync(user));
        Assert.StartsWith("/confirm-identity", off.Location, StringComparison.Ordinal);
        Assert.StartsWith("/confirm-identity", two.Location, StringComparison.Ordinal);
    }

    [Fact]
    public async Task MF_10_five_wrong_mailed_codes_stop_the_right_one_and_the_app_goes_on()
    {
        var enrolled = await fixture.EnrolledAsync();
        using var browser = new PageBrowser(fixture.Two);
        var page = await MailAsync(browser, enrolled.User);
        var code = await CodeAsync(enrolled.User);
        for (var attempt = 0; attempt < 5; attempt++)
            await browser.SubmitAsync(page, [("Input.Code", code == "000000" ? "000001" : "000000")]);

        var late = await browser.SubmitAsync(page, [("Input.Code", code)]);
        var app = await browser.SubmitAsync(
            await browser.GetAsync("/two-factor"),
            [("Input.Code", TwoFactorFixture.Code(enrolled.Key))]
        );

        Assert.Equal(HttpStatusCode.TooManyRequests, late.Status);
        Assert.Equal(HttpStatusCode.SeeOther, app.Status);
        Assert.Equal("mfa otp pwd aal2", await fixture.MethodsAsync(enrolled.User));
    }

    [Theory]
    [InlineData("off")]
    [InlineData("a password chosen since")]
    [InlineData("an address that was not proved")]
    [InlineData("a mailed code as first factor")]
    [InlineData("another provider as first factor")]
    [InlineData("a client that requires two factors")]
    public async Task MF_10_no_code_is_mailed_in_its_place_with(string cause)
    {
        var user = (await fixture.EnrolledAsync()).User;
        var host = cause == "off" ? fixture.One : fixture.Two;
        using var browser = new PageBrowser(host);
        using var party = new RelyingParty(host);
        await (
            cause switch
            {
                "a password chosen since" => SetAsync("password_changed_at = now() + interval '1 second'"),
                "an address that was not proved" => SetAsync("email_verified = false"),
                // Used together with the real second factor before.
                "another provider as first factor" => fixture.Database.ExecuteAsync(
                    "UPDATE public.sessions SET amr = '{external,mfa}' WHERE user_id = @id",
                    ("id", user.Id)
                ),
                _ => Task.CompletedTask,
            }
        );
        var back =
            cause == "a client that requires two factors"
                ? (await browser.GetAsync(party.AuthorizeUrl("openid", ("acr_values", "aal2")))).Location!
                : "/sign-in?returnUrl=%2Faccount%2Fprofile";
        var challenges = host.Services.GetRequiredService<LoginChallengeStore>();
        string[] first = cause switch
        {
            "a mailed code as first factor" => ["email"],
            "another provider as first factor" => ["external"],
            _ => ["pwd"],
        };
        var credential = (await host.Services.GetRequiredService<UserStore>().FindAsync(user.Id, default))!.Credential;
        browser.UseCookie("__Host-pending", (await challenges.BeginAsync(new(credential, first, null), default)).Value);
        var query = back["/sign-in".Length..];

        var page = await browser.GetAsync("/two-factor" + query);
        var forced = await browser.SubmitAsync(
            page with
            {
                Html = page.Html.Replace(
                    "action=\"/two-factor?",
                    "action=\"/two-factor?handler=Mail&amp;",
                    StringComparison.Ordinal
                ),
            },
            []
        );
        var asked = await browser.GetAsync("/confirm-sign-in" + query);

        Assert.Equal(HttpStatusCode.OK, page.Status);
        Assert.DoesNotContain("handler=Mail", page.Html, StringComparison.Ordinal);
        Assert.All(
            [forced, asked],
            static answer => Assert.StartsWith("/two-factor", answer.Location!, StringComparison.Ordinal)
        );
        Assert.Equal(
            0L,
            await fixture.Database.ScalarAsync<long>(
                "SELECT count(*) FROM idp.mail_outbox WHERE user_id = @id AND kind = 'sign_in_code'",
                ("id", user.Id)
            )
        );

        Task SetAsync(string column) =>
            fixture.Database.ExecuteAsync($"UPDATE users SET {column} WHERE id = @id", ("id", user.Id));
    }

    private static async Task<VisitedPage> MailAsync(PageBrowser browser, UserAccount user)
    {
        var step = await browser.SignInAsync(
            user.Email,
            PagesFixture.Password,
            "/sign-in?returnUrl=%2Faccount%2Fprofile"
        );
        var page = await browser.GetAsync(step.Location!);
        var sent = await browser.SubmitAsync(page, [], "handler=Mail&returnUrl=%2Faccount%2Fprofile");
        Assert.Equal("/confirm-sign-in?returnUrl=%2Faccount%2Fprofile", sent.Location);
        return await browser.GetAsync(sent.Location!);
    }

    private async Task<string> CodeAsync(UserAccount user)
    {
        var mails = await fixture.Two.Services.GetRequiredService<MailboxReader>().ListAsync(200, default);
        var mail = mails.First(mail => mail.Kind == "sign_in_code" && mail.Content.To == user.Email);
        return MailedCode().Match(mail.Content.Text).Value;
    }

    [GeneratedRegex(@"(?<!\d)\d{6}(?!\d)")]
    private static partial Regex MailedCode();
}
