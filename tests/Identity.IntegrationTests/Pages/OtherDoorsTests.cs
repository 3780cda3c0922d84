using System.Net;
using Identity.Core.Users;
using Identity.Testing;

namespace Identity.IntegrationTests.Pages;

/// <summary>MF-7: whichever door somebody comes in by, the second factor of the account is still asked for, and until
/// it is shown nothing is open.</summary>
public sealed class OtherDoorsTests(ExternalFixture fixture) : IClassFixture<ExternalFixture>
{
    [Theory]
    [InlineData("password")]
    [InlineData("magic link")]
    [InlineData("reset")]
    [InlineData("external")]
    public async Task MF_7_a_first_factor_of_any_kind_leads_to_the_second_and_opens_nothing(string door)
    {
        var user = await fixture.UserAsync();
        var remote = await fixture.There.AddUserAsync();
        if (door == "external")
            await fixture.LinkAsync(user, remote.Email);
        await fixture.Database.ExecuteAsync(
            "UPDATE users SET two_factor_enabled = true WHERE id = @id",
            ("id", user.Id)
        );
        using var browser = new PageBrowser(fixture.Here);

        var answer = door switch
        {
            "magic link" => await ByMagicLinkAsync(browser, user),
            "reset" => await ByResetAsync(browser, user),
            "external" => await browser.GetAsync(await fixture.WayBackAsync(browser, remote.Email)),
            _ => await browser.SignInAsync(user.Email, PagesFixture.Password),
        };

        Assert.StartsWith("/two-factor", answer.Location, StringComparison.Ordinal);
        await AssertNothingIsOpenAsync(browser, user);
    }

    [Fact]
    public async Task MF_7_proving_an_address_signs_nobody_in()
    {
        var user = await fixture.UserAsync(verified: false, twoFactor: true);
        using var browser = new PageBrowser(fixture.Here);
        await browser.SubmitAsync(await browser.GetAsync("/check-mail"), [("Input.Email", user.Email)]);

        var proved = await browser.SubmitAsync(
            await browser.FollowAsync(await browser.GetAsync(await fixture.LinkToAsync(user.Email, "verify_email"))),
            []
        );

        // This browser did not register the account, so the password that came with it counts for nothing.
        Assert.StartsWith("/reset-password?first", proved.Location, StringComparison.Ordinal);
        await AssertNothingIsOpenAsync(browser, user);
    }

    [Fact]
    public async Task MF_7_MF_9_a_passkey_whose_owner_was_not_checked_is_no_factor_at_all()
    {
        var user = await fixture.UserAsync();
        using var owner = new PageBrowser(fixture.Here);
        await owner.SignInAsync(user.Email, PagesFixture.Password);
        using var passkey = await PasskeySteps.AddAsync(owner, fixture.Here);
        await owner.SubmitAsync(await owner.GetAsync("/sign-out"), []);
        await fixture.Database.ExecuteAsync(
            "UPDATE users SET two_factor_enabled = true WHERE id = @id",
            ("id", user.Id)
        );
        passkey.VerifiesUser = false;
        using var browser = new PageBrowser(fixture.Here);

        var first = await PasskeySteps.UseAsync(browser, passkey, "/sign-in");
        await browser.SignInAsync(user.Email, PagesFixture.Password);
        var second = await PasskeySteps.UseAsync(browser, passkey, "/two-factor");

        Assert.Equal("/sign-in?passkey=refused", first.Location);
        Assert.Equal("/two-factor?passkey=refused", second.Location);
        await AssertNothingIsOpenAsync(browser, user);
    }

    [Fact]
    public async Task MF_7_a_link_of_a_mail_is_a_first_factor_by_its_right_name_and_one_of_twenty_presses_counts()
    {
        var user = await fixture.UserAsync();
        using var browser = new PageBrowser(fixture.Here);
        using var stranger = new PageBrowser(fixture.Here);
        await browser.SubmitAsync(await browser.GetAsync("/sign-in/link"), [("Input.Email", user.Email)]);
        var link = await fixture.LinkToAsync(user.Email, "magic_link");

        var elsewhere = await stranger.FollowAsync(await stranger.GetAsync(link));
        var page = await browser.FollowAsync(await browser.GetAsync(link));
        string[] names = ["__Host-magic", "__Host-magic-browser", "__Host-antiforgery"];
        var cookies = string.Join("; ", names.Select(name => $"{name}={browser.Cookie(name)}"));
        var token = page.MainForm.Fields.Single(static field => field.Name == "__RequestVerificationToken").Value;
        var answers = await Task.WhenAll(
            Enumerable
                .Range(0, 20)
                .Select(async _ =>
                {
                    using var client = fixture.Here.CreateClient();
                    using var request = new HttpRequestMessage(HttpMethod.Post, "/magic-link")
                    {
                        Content = new FormUrlEncodedContent([new("__RequestVerificationToken", token)]),
                    };
                    request.Headers.Add("Cookie", cookies);
                    using var answer = await client.SendAsync(request);
                    return answer.StatusCode;
                })
        );

        Assert.Contains("only in the browser that asked for them", elsewhere.Text, StringComparison.Ordinal);
        Assert.Single(answers, HttpStatusCode.SeeOther);
        Assert.Equal(1L, await fixture.SessionsAsync(user));
        Assert.Equal("email aal1", await fixture.MethodsAsync(user));
    }

    private async Task<VisitedPage> ByMagicLinkAsync(PageBrowser browser, UserAccount user)
    {
        await browser.SubmitAsync(await browser.GetAsync("/sign-in/link"), [("Input.Email", user.Email)]);
        return await browser.SubmitAsync(
            await browser.FollowAsync(await browser.GetAsync(await fixture.LinkToAsync(user.Email, "magic_link"))),
            []
        );
    }

    private async Task<VisitedPage> ByResetAsync(PageBrowser browser, UserAccount user)
    {
        const string Next = "Another-sentence-4-you";
        await browser.SubmitAsync(await browser.GetAsync("/forgot-password"), [("Input.Email", user.Email)]);
        var form = await browser.FollowAsync(
            await browser.GetAsync(await fixture.LinkToAsync(user.Email, "password_reset"))
        );
        return await browser.SubmitAsync(form, [("Input.NewPassword", Next)]);
    }

    // Direct addresses, a second tab at the start, an application that asks silently, and the way by another second
    // factor page: each with the cookies at hand.
    private async Task AssertNothingIsOpenAsync(PageBrowser browser, UserAccount user)
    {
        Assert.Null(browser.Cookie("__Host-identity"));
        Assert.Equal(0L, await fixture.SessionsAsync(user));
        foreach (
            var path in (string[])
                [
                    "/account",
                    "/account/passkeys",
                    "/account/two-factor",
                    "/account/external",
                    "/account/sessions",
                    "/confirm-identity",
                    "/consent?returnUrl=%2Faccount",
                ]
        )
            Assert.StartsWith("/sign-in", (await browser.GetAsync(path)).Location, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync("/sign-in?returnUrl=%2Faccount")).Status);
        using var party = new RelyingParty(fixture.Here);
        Assert.Contains(
            "error=login_required",
            (await browser.GetAsync(party.AuthorizeUrl("openid", ("prompt", "none")))).Location,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain(
            "code=",
            (await browser.GetAsync(party.AuthorizeUrl("openid"))).Location,
            StringComparison.Ordinal
        );
    }
}
