using System.Net;
using Identity.Core.TwoFactor;
using Identity.Core.Users;
using Identity.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Identity.IntegrationTests.Pages;

public sealed partial class TwoFactorTests(TwoFactorFixture fixture) : IClassFixture<TwoFactorFixture>
{
    [Fact]
    public async Task A_person_sets_it_up_keeps_the_codes_and_signs_in_with_two_factors_each_code_once()
    {
        var user = await fixture.UserAsync();
        using var first = new PageBrowser(fixture.One);
        await first.SignInAsync(user.Email, PagesFixture.Password);
        Assert.Equal("pwd aal1", await fixture.MethodsAsync(user));
        var enrolled = await TwoFactorFixture.EnrolAsync(first, user);
        Assert.Equal("mfa otp pwd aal2", await fixture.MethodsAsync(user));
        Assert.Equal(10, enrolled.RecoveryCodes.Length);
        var file = await first.SubmitAsync(enrolled.CodesPage, []);
        Assert.Contains("attachment", file.Header("Content-Disposition"), StringComparison.Ordinal);
        Assert.All(enrolled.RecoveryCodes, code => Assert.Contains(code, file.Html, StringComparison.Ordinal));
        Assert.Equal("/account/two-factor", (await first.GetAsync("/account/two-factor/codes")).Location);

        using var second = new PageBrowser(fixture.Two);
        var step = await second.SignInAsync(
            user.Email,
            PagesFixture.Password,
            "/sign-in?returnUrl=%2Faccount%2Fprofile"
        );
        Assert.Equal("/two-factor?returnUrl=%2Faccount%2Fprofile", step.Location);
        var page = await second.GetAsync(step.Location!);
        Assert.Contains("autocomplete=\"one-time-code\"", page.Html, StringComparison.Ordinal);
        // The code that ended the set-up is used up (MF-1), also when the next half minute has begun since.
        Assert.Equal(HttpStatusCode.OK, (await second.SubmitAsync(page, [("Input.Code", enrolled.UsedCode)])).Status);
        await fixture.ForgetStepAsync(user);
        var done = await second.SubmitAsync(page, [("Input.Code", TwoFactorFixture.Code(enrolled.Key))]);

        Assert.Equal("/account/profile", done.Location);
        Assert.Equal("mfa otp pwd aal2", await fixture.MethodsAsync(user));
        Assert.Equal("/account/profile", (await second.GetAsync(step.Location!)).Location);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task MF_1_MF_6_of_twenty_posts_of_one_code_to_two_instances_one_signs_in(bool recovery)
    {
        var enrolled = await fixture.EnrolledAsync();
        var before = await fixture.SessionsAsync(enrolled.User);
        using var browser = new PageBrowser(fixture.One);
        await browser.SignInAsync(enrolled.User.Email, PagesFixture.Password);
        var path = recovery ? "/two-factor?recovery=true" : "/two-factor";
        var form = (await browser.GetAsync(path)).MainForm.Fields.Single(static field =>
            field.Name == "__RequestVerificationToken"
        );
        var antiforgery = browser.Cookie("__Host-antiforgery");
        var code = recovery ? enrolled.RecoveryCodes[0] : TwoFactorFixture.Code(enrolled.Key);
        var challenges = fixture.One.Services.GetRequiredService<LoginChallengeStore>();
        var user = (await fixture.One.Services.GetRequiredService<UserStore>().FindAsync(enrolled.User.Id, default))!;
        using var one = fixture.One.CreateClient();
        using var two = fixture.Two.CreateClient();

        var answers = await Task.WhenAll(
            Enumerable
                .Range(0, 20)
                .Select(async n =>
                {
                    var pending = await challenges.BeginAsync(new(user.Credential, ["pwd"], null), default);
                    using var request = new HttpRequestMessage(HttpMethod.Post, path)
                    {
                        Content = new FormUrlEncodedContent([
                            new("Input.Code", code),
                            new("Input.RecoveryCode", code),
                            new(form.Name, form.Value),
                        ]),
                    };
                    request.Headers.Add("Cookie", $"__Host-pending={pending.Value}; __Host-antiforgery={antiforgery}");
                    using var answer = await (n % 2 == 0 ? one : two).SendAsync(request);
                    return answer.StatusCode;
                })
        );

        Assert.Single(answers, static status => status == HttpStatusCode.SeeOther);
        Assert.Equal(before + 1, await fixture.SessionsAsync(enrolled.User));
        Assert.Equal(recovery ? "mfa pwd aal2" : "mfa otp pwd aal2", await fixture.MethodsAsync(enrolled.User));
    }

    [Fact]
    public async Task BF_4_five_wrong_codes_stop_the_app_a_right_password_does_not_help_and_a_recovery_code_still_does()
    {
        var enrolled = await fixture.EnrolledAsync();
        using var browser = new PageBrowser(fixture.One);
        var page = await browser.FollowAsync(await browser.SignInAsync(enrolled.User.Email, PagesFixture.Password));
        for (var i = 0; i < 5; i++)
            Assert.Equal(
                HttpStatusCode.OK,
                (await browser.SubmitAsync(page, [("Input.Code", TwoFactorFixture.WrongCode(enrolled.Key))])).Status
            );

        var locked = await browser.SubmitAsync(page, [("Input.Code", TwoFactorFixture.Code(enrolled.Key))]);
        var again = await browser.FollowAsync(await browser.SignInAsync(enrolled.User.Email, PagesFixture.Password));
        var still = await browser.SubmitAsync(again, [("Input.Code", TwoFactorFixture.Code(enrolled.Key))]);
        var recovered = await browser.SubmitAsync(
            await browser.GetAsync("/two-factor?recovery=true"),
            [("Input.RecoveryCode", enrolled.RecoveryCodes[0].ToLowerInvariant())]
        );

        Assert.Equal(HttpStatusCode.TooManyRequests, locked.Status);
        Assert.NotNull(locked.Header("Retry-After"));
        Assert.Equal(HttpStatusCode.TooManyRequests, still.Status);
        Assert.Equal("/account", recovered.Location);
    }

    [Fact]
    public async Task MF_4_without_the_key_of_the_secret_codes_are_503_and_a_recovery_code_opens_the_account()
    {
        var enrolled = await fixture.EnrolledAsync();
        // As if another master key had sealed it: the four bytes after the first name the key.
        await fixture.Database.ExecuteAsync(
            "UPDATE users SET two_factor_secret = set_byte(two_factor_secret, 1, 255 - get_byte(two_factor_secret, "
                + "1)) WHERE id = @id",
            ("id", enrolled.User.Id)
        );
        using var browser = new PageBrowser(fixture.One);
        var page = await browser.FollowAsync(await browser.SignInAsync(enrolled.User.Email, PagesFixture.Password));

        var refused = await browser.SubmitAsync(page, [("Input.Code", TwoFactorFixture.Code(enrolled.Key))]);
        var recovered = await browser.SubmitAsync(
            await browser.GetAsync("/two-factor?recovery=true"),
            [("Input.RecoveryCode", enrolled.RecoveryCodes[3])]
        );

        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.Status);
        Assert.Contains("recovery code", refused.Text, StringComparison.OrdinalIgnoreCase);
        Assert.Equal("/account", recovered.Location);
        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync("/account")).Status);
    }

    [Fact]
    public async Task A_remembered_browser_is_marked_as_this_one_and_stands_in_the_list_once()
    {
        var mine = await fixture.EnrolledAsync();
        using var party = new RelyingParty(fixture.One);
        using var browser = new PageBrowser(fixture.One);
        await browser.SignInAsync(mine.User.Email, PagesFixture.Password);
        await browser.SubmitAsync(
            await browser.GetAsync("/two-factor"),
            [("Input.Code", TwoFactorFixture.Code(mine.Key)), ("Input.Remember", "true")]
        );
        await SignOutAsync(browser);
        // A client that insists on two factors has the remembered browser asked, and remembered, once more.
        await fixture.ForgetStepAsync(mine.User);
        var wanted = await browser.GetAsync(party.AuthorizeUrl("openid", ("acr_values", "aal2")));
        var step = await browser.SignInAsync(mine.User.Email, PagesFixture.Password, wanted.Location!);
        await browser.SubmitAsync(
            await browser.GetAsync(step.Location!),
            [("Input.Code", TwoFactorFixture.Code(mine.Key)), ("Input.Remember", "true")]
        );

        var page = await browser.GetAsync("/account/two-factor");

        Assert.Equal(1, System.Text.RegularExpressions.Regex.Count(page.Html, "handler=Forget\""));
        Assert.Contains("This device", page.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task MF_7_a_password_alone_opens_no_page_and_no_client_and_void_first_steps_lead_back_to_sign_in()
    {
        var enrolled = await fixture.EnrolledAsync();
        using var party = new RelyingParty(fixture.One);
        using var browser = new PageBrowser(fixture.One);
        await browser.SignInAsync(enrolled.User.Email, PagesFixture.Password);

        Assert.Equal("/sign-in?returnUrl=%2Faccount", (await browser.GetAsync("/account")).Location);
        Assert.StartsWith(
            "/sign-in?",
            (await browser.GetAsync(party.AuthorizeUrl())).Location,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "error=login_required",
            (await browser.GetAsync(party.AuthorizeUrl("openid", ("prompt", "none")))).Location,
            StringComparison.Ordinal
        );
        var page = await browser.GetAsync("/two-factor");
        await fixture.Database.ExecuteAsync(
            "UPDATE users SET password_changed_at = now(), credential_version = credential_version + 1 WHERE id = @id",
            ("id", enrolled.User.Id)
        );
        var replayed = await browser.SubmitAsync(page, [("Input.Code", TwoFactorFixture.Code(enrolled.Key))]);
        Assert.Contains("Sign in again", replayed.Text, StringComparison.Ordinal);
        Assert.Equal("/sign-in", (await browser.GetAsync("/two-factor")).Location);
    }

    [Fact]
    public async Task MF_7_a_remembered_browser_is_remembered_for_its_owner_only_and_claims_no_second_factor()
    {
        var (mine, other) = (await fixture.EnrolledAsync(), await fixture.EnrolledAsync());
        using var party = new RelyingParty(fixture.One);
        using var browser = new PageBrowser(fixture.One);
        var page = await browser.FollowAsync(await browser.SignInAsync(mine.User.Email, PagesFixture.Password));
        await browser.SubmitAsync(page, [("Input.Code", TwoFactorFixture.Code(mine.Key)), ("Input.Remember", "true")]);
        await SignOutAsync(browser);

        Assert.Equal("/two-factor", (await browser.SignInAsync(other.User.Email, PagesFixture.Password)).Location);
        Assert.Equal("/account", (await browser.SignInAsync(mine.User.Email, PagesFixture.Password)).Location);
        Assert.Equal("pwd aal1", await fixture.MethodsAsync(mine.User));
        // What protects the account asks for the code all the same (SE-10), and so does a client that insists (MF-8).
        var off = await browser.SubmitAsync(await browser.GetAsync("/account/two-factor"), [], "handler=SwitchOff");
        Assert.StartsWith("/confirm-identity", off.Location, StringComparison.Ordinal);
        Assert.StartsWith(
            "/confirm-identity",
            (await browser.GetAsync(party.AuthorizeUrl("openid", ("acr_values", "aal2")))).Location,
            StringComparison.Ordinal
        );
        await SignOutAsync(browser);
        var wanted = await browser.GetAsync(party.AuthorizeUrl("openid", ("acr_values", "aal2")));
        Assert.StartsWith(
            "/two-factor",
            (await browser.SignInAsync(mine.User.Email, PagesFixture.Password, wanted.Location!)).Location,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task MF_7_people_who_share_a_browser_are_each_remembered_in_it()
    {
        var people = new[] { await fixture.EnrolledAsync(), await fixture.EnrolledAsync() };
        using var browser = new PageBrowser(fixture.One);
        foreach (var one in people)
        {
            var page = await browser.FollowAsync(await browser.SignInAsync(one.User.Email, PagesFixture.Password));
            await browser.SubmitAsync(
                page,
                [("Input.Code", TwoFactorFixture.Code(one.Key)), ("Input.Remember", "true")]
            );
            await SignOutAsync(browser);
        }

        foreach (var one in people)
        {
            Assert.Equal("/account", (await browser.SignInAsync(one.User.Email, PagesFixture.Password)).Location);
            await SignOutAsync(browser);
        }
        browser.UseCookie("__Host-trusted-device", string.Join('.', Enumerable.Repeat("x", 2000)));
        Assert.Equal("/two-factor", (await browser.SignInAsync(people[0].User.Email, PagesFixture.Password)).Location);
    }

    [Fact]
    public async Task SE_10_an_old_sign_in_proves_itself_anew_by_all_factors_and_gets_a_new_token()
    {
        var user = await fixture.UserAsync();
        using var browser = new PageBrowser(fixture.One);
        await browser.SignInAsync(user.Email, PagesFixture.Password);
        await fixture.AgeAsync(user);
        var asked = await browser.GetAsync("/account/two-factor/set-up");
        Assert.Equal("/confirm-identity?returnUrl=%2Faccount%2Ftwo-factor%2Fset-up", asked.Location);
        var page = await browser.GetAsync(asked.Location!);
        Assert.Equal(
            HttpStatusCode.OK,
            (await browser.SubmitAsync(page, [("Input.Password", "not-the-password")])).Status
        );
        var before = browser.Cookie("__Host-identity");
        Assert.Equal(
            "/account/two-factor/set-up",
            (await browser.SubmitAsync(page, [("Input.Password", PagesFixture.Password)])).Location
        );
        Assert.NotEqual(before, browser.Cookie("__Host-identity"));

        var enrolled = await TwoFactorFixture.EnrolAsync(browser, user);
        await fixture.AgeAsync(user);
        await fixture.ForgetStepAsync(user);
        var status = await browser.GetAsync("/account/two-factor");
        var confirm = await browser.GetAsync((await browser.SubmitAsync(status, [], "handler=NewCodes")).Location!);
        Assert.Equal(
            HttpStatusCode.OK,
            (await browser.SubmitAsync(confirm, [("Input.Password", PagesFixture.Password)])).Status
        );
        Assert.Equal(
            "/account/two-factor",
            (
                await browser.SubmitAsync(
                    confirm,
                    [("Input.Password", PagesFixture.Password), ("Input.Code", TwoFactorFixture.Code(enrolled.Key))]
                )
            ).Location
        );
        var shown = await browser.FollowAsync(await browser.SubmitAsync(status, [], "handler=NewCodes"));
        Assert.Equal("/account/two-factor/codes", shown.Address.AbsolutePath);
        Assert.DoesNotContain(enrolled.RecoveryCodes[0], shown.Text, StringComparison.Ordinal);
        await browser.SubmitAsync(status, [], "handler=SwitchOff");
        Assert.False(
            await fixture.Database.ScalarAsync<bool>(
                "SELECT two_factor_enabled FROM users WHERE id = @id",
                ("id", user.Id)
            )
        );
    }

    [Fact]
    public async Task MF_8_a_client_that_insists_on_two_factors_gets_them_or_is_told_no()
    {
        var user = await fixture.UserAsync();
        using var party = new RelyingParty(fixture.One);
        using var browser = new PageBrowser(fixture.One);
        await browser.SignInAsync(user.Email, PagesFixture.Password);

        Assert.Contains(
            "code=",
            (await browser.GetAsync(party.AuthorizeUrl("openid", ("acr_values", "aal2 aal1")))).Location,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "error=interaction_required",
            (await browser.GetAsync(party.AuthorizeUrl("openid", ("acr_values", "aal2"), ("prompt", "none")))).Location,
            StringComparison.Ordinal
        );
        var asked = await browser.FollowAsync(
            await browser.GetAsync(party.AuthorizeUrl("openid", ("acr_values", "aal2")))
        );
        Assert.Contains("Set up two-step sign-in", asked.Text, StringComparison.Ordinal);
        Assert.Contains(
            "error=access_denied",
            (await browser.FollowAsync(await browser.SubmitAsync(asked, []))).Location,
            StringComparison.Ordinal
        );

        var enrolled = await TwoFactorFixture.EnrolAsync(
            browser,
            user,
            "/account/two-factor/set-up" + asked.Address.Query
        );
        var back = WebUtility.HtmlDecode(
            System
                .Text.RegularExpressions.Regex.Match(enrolled.CodesPage.Html, "href=\"(/connect/authorize[^\"]*)\"")
                .Groups[1]
                .Value
        );
        Assert.Contains("code=", (await browser.GetAsync(back)).Location, StringComparison.Ordinal);
    }

    private static async Task SignOutAsync(PageBrowser browser) =>
        await browser.SubmitAsync(await browser.GetAsync("/sign-out"), []);
}
