using System.Net;
using System.Text.Json;
using Identity.Core.Passkeys;
using Identity.Core.Users;
using Identity.Testing;

namespace Identity.IntegrationTests.Pages;

/// <summary>The page that offers a passkey after a sign-in with a password, and what password managers are
/// told.</summary>
public sealed class PasskeyOfferTests(PasskeyOfferFixture fixture) : IClassFixture<PasskeyOfferFixture>
{
    private const string BitwardenModel = "d548826e-79b4-db40-a3d8-11116f7e8349";
    private const string Offer = "/sign-in/passkey?returnUrl=%2Faccount%2Fprofile";

    private PagesFixture Pages => fixture.Pages;

    [Fact]
    public async Task A_sign_in_with_a_password_leads_to_the_offer_once_and_again_when_the_pause_is_over()
    {
        var user = await Pages.UserAsync();

        var (_, first) = await SignInAsync(user);
        var (_, second) = await SignInAsync(user);
        await Pages.Database.ExecuteAsync(
            "UPDATE idp.passkey_offers SET offered_at = now() - interval '30 days' WHERE user_id = @id",
            ("id", user.Id)
        );
        var (browser, later) = await SignInAsync(user);
        var page = await browser.FollowAsync(later);

        Assert.Equal((Offer, "/account/profile", Offer), (first.Location, second.Location, later.Location));
        Assert.Contains("href=\"/account/profile\"", page.Html, StringComparison.Ordinal);
        Assert.Contains("Not now", page.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DB_1_of_twenty_sign_ins_at_once_one_is_offered_a_passkey()
    {
        var user = await Pages.UserAsync();
        var offers = Pages.Service<PasskeyOffers>();

        var claims = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(_ => Task.Run(() => offers.ClaimAsync(user.Id, default)))
        );

        Assert.Single(claims, true);
    }

    [Fact]
    public async Task A_passkey_of_the_offer_is_named_after_its_manager_and_ends_the_offers()
    {
        var user = await Pages.UserAsync();
        using var passkey = NewPasskey();
        passkey.Model = Guid.Parse(BitwardenModel);
        var (browser, signedIn) = await SignInAsync(user);
        var page = await browser.FollowAsync(signedIn);
        var before = browser.Cookie("__Host-identity");

        var added = await PasskeySteps.FinishAsync(
            browser,
            page,
            passkey.Create(await PasskeySteps.OptionsAsync(browser, page))
        );
        await Pages.Database.ExecuteAsync("DELETE FROM idp.passkey_offers WHERE user_id = @id", ("id", user.Id));
        var (_, next) = await SignInAsync(user);

        Assert.Equal("/account/profile", added.Location);
        Assert.NotEqual(before, browser.Cookie("__Host-identity"));
        Assert.Equal("Bitwarden", Assert.Single(await PasskeysAsync(user)).Name);
        Assert.Equal("/account/profile", next.Location);
    }

    [Fact]
    public async Task MF_9_only_a_conditional_creation_may_lack_a_gesture_and_its_passkey_is_verified_at_every_use()
    {
        var user = await Pages.UserAsync();
        using var passkey = NewPasskey();
        (passkey.IsUserPresent, passkey.VerifiesUser) = (false, false);
        var (browser, signedIn) = await SignInAsync(user);
        var page = await browser.FollowAsync(signedIn);

        var gesture = await PasskeySteps.FinishAsync(
            browser,
            page,
            passkey.Create(await PasskeySteps.OptionsAsync(browser, page))
        );
        var options = await PasskeySteps.OptionsAsync(browser, page, "Silent", "SilentOptions");
        var crossed = await PasskeySteps.FinishAsync(browser, page, passkey.Create(options));
        var none = await PasskeysAsync(user);
        var silent = await PasskeySteps.FinishAsync(
            browser,
            page,
            passkey.Create(await PasskeySteps.OptionsAsync(browser, page, "Silent", "SilentOptions")),
            "Silent"
        );
        using var stranger = new PageBrowser(Pages.Host);
        passkey.IsUserPresent = true;
        var unverified = await PasskeySteps.UseAsync(stranger, passkey, "/sign-in");
        passkey.VerifiesUser = true;
        var verified = await PasskeySteps.UseAsync(stranger, passkey, "/sign-in");

        Assert.Contains("wasn’t added", gesture.Text, StringComparison.Ordinal);
        Assert.Contains("wasn’t added", crossed.Text, StringComparison.Ordinal);
        Assert.Empty(none);
        Assert.Contains("\"userVerification\":\"preferred\"", options, StringComparison.Ordinal);
        Assert.Equal("/account/profile", silent.Location);
        Assert.Equal(("/sign-in?passkey=refused", "/account"), (unverified.Location, verified.Location));
    }

    [Fact]
    public async Task SE_10_the_offer_needs_a_fresh_proof_and_nobody_is_asked_for_one_there()
    {
        var user = await Pages.UserAsync();
        using var passkey = NewPasskey();
        var (browser, signedIn) = await SignInAsync(user);
        var page = await browser.FollowAsync(signedIn);
        var answer = passkey.Create(await PasskeySteps.OptionsAsync(browser, page));
        await Pages.Database.ExecuteAsync(
            "UPDATE sessions SET auth_time = now() - interval '10 minutes' WHERE user_id = @id",
            ("id", user.Id)
        );

        var late = await PasskeySteps.FinishAsync(browser, page, answer);
        var again = await browser.GetAsync(Offer);
        using var nobody = new PageBrowser(Pages.Host);
        var stranger = await nobody.GetAsync(Offer);

        Assert.All([late, again, stranger], static page => Assert.Equal("/account/profile", page.Location));
        Assert.Empty(await PasskeysAsync(user));
    }

    [Fact]
    public async Task Nobody_is_offered_a_passkey_who_signs_in_with_one_factor_of_two_or_without_a_proved_address()
    {
        var (trusted, unproved) = (await Pages.UserAsync(), await Pages.UserAsync(verified: false));
        await Pages.Database.ExecuteAsync(
            "UPDATE users SET two_factor_enabled = true WHERE id = @id",
            ("id", trusted.Id)
        );

        var (_, second) = await SignInAsync(trusted);
        var (_, proof) = await SignInAsync(unproved);

        Assert.StartsWith("/two-factor", second.Location, StringComparison.Ordinal);
        Assert.StartsWith("/verify-first", proof.Location, StringComparison.Ordinal);
        Assert.Equal(
            0L,
            await Pages.Database.ScalarAsync<long>(
                "SELECT count(*) FROM idp.passkey_offers WHERE user_id IN (@one, @two)",
                ("one", trusted.Id),
                ("two", unproved.Id)
            )
        );
    }

    [Theory]
    [InlineData("{\"id\":[[[")]
    [InlineData("")]
    [InlineData("{\"response\":{\"attestationObject\":\"oWhhdXRoRGF0YUEB\"}}")]
    [InlineData("huge")]
    public async Task An_answer_that_no_browser_gives_adds_nothing_and_is_refused_in_words(string typed)
    {
        var user = await Pages.UserAsync();
        var (browser, signedIn) = await SignInAsync(user);
        var page = await browser.FollowAsync(signedIn);
        var answer = typed == "huge" ? new string('a', 40_000) : typed;

        foreach (var handler in (string[])["Passkey", "Silent"])
        {
            await PasskeySteps.OptionsAsync(browser, page, handler, handler + "Options");
            var refused = await PasskeySteps.FinishAsync(browser, page, answer, handler);

            Assert.Equal(HttpStatusCode.OK, refused.Status);
            Assert.Contains("wasn’t added", refused.Text, StringComparison.Ordinal);
            Assert.DoesNotContain("data-silent", refused.Html, StringComparison.Ordinal);
        }
        Assert.Empty(await PasskeysAsync(user));
    }

    [Theory]
    [InlineData("Passkey")]
    [InlineData("PasskeyOptions")]
    [InlineData("Silent")]
    [InlineData("SilentOptions")]
    public async Task WB_1_every_handler_of_the_offer_needs_the_antiforgery_token(string handler)
    {
        var (browser, _) = await SignInAsync(await Pages.UserAsync());

        using var answer = await browser.Client.PostAsync(
            "/sign-in/passkey?handler=" + handler,
            new FormUrlEncodedContent([new("credential", "{}")])
        );

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Fact]
    public async Task WB_3_not_now_leads_to_a_path_of_ours_only()
    {
        var (browser, _) = await SignInAsync(await Pages.UserAsync());

        var page = await browser.GetAsync("/sign-in/passkey?returnUrl=%2F%2Fevil.example%2F");

        // The language switch keeps the query as it came; it leads to this page.
        Assert.DoesNotContain("href=\"//evil.example", page.Html, StringComparison.Ordinal);
        Assert.All(
            page.Forms.Where(static form => !form.Action.Contains("handler=Language", StringComparison.Ordinal)),
            static form => Assert.DoesNotContain("evil.example", form.Action, StringComparison.Ordinal)
        );
        Assert.Contains("href=\"/account\"", page.Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Password_managers_find_the_pages_and_related_origins()
    {
        using var client = Pages.Host.CreateClient();

        using var endpoints = JsonDocument.Parse(await client.GetStringAsync("/.well-known/passkey-endpoints"));
        using var origins = JsonDocument.Parse(await client.GetStringAsync("/.well-known/webauthn"));
        using var change = await client.GetAsync("/.well-known/change-password");
        using var post = await client.PostAsync("/.well-known/webauthn", null);

        var page = Pages.Host.Issuer.TrimEnd('/') + "/account/passkeys";
        Assert.Equal(page, endpoints.RootElement.GetProperty("enroll").GetString());
        Assert.Equal(page, endpoints.RootElement.GetProperty("manage").GetString());
        Assert.Equal(
            PasskeyOfferFixture.RelatedOrigin,
            Assert.Single(origins.RootElement.GetProperty("origins").EnumerateArray().ToList()).GetString()
        );
        Assert.Equal(HttpStatusCode.Found, change.StatusCode);
        Assert.Equal("/account/password", change.Headers.Location?.OriginalString);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, post.StatusCode);
    }

    [Theory]
    [InlineData(PasskeyOfferFixture.RelatedOrigin, "/account")]
    [InlineData("https://accounts.example.net.evil.example", "/sign-in?passkey=refused")]
    [InlineData("http://accounts.example.net", "/sign-in?passkey=refused")]
    public async Task MF_9_a_passkey_signs_in_from_a_listed_origin_only(string origin, string target)
    {
        var (owner, _) = await SignInAsync(await Pages.UserAsync());
        using var passkey = await PasskeySteps.AddAsync(owner, Pages.Host);
        using var browser = new PageBrowser(Pages.Host);
        passkey.Origin = origin;

        var answer = await PasskeySteps.UseAsync(browser, passkey, "/sign-in");

        Assert.Equal(target, answer.Location);
    }

    [Fact]
    public async Task The_account_tells_the_browser_every_accepted_passkey_and_the_name_and_sign_in_what_is_unknown()
    {
        var user = await Pages.UserAsync("Ada \"><b>");
        var (browser, _) = await SignInAsync(user);
        using var passkey = await PasskeySteps.AddAsync(browser, Pages.Host);
        using var foreign = NewPasskey();

        using var list = Signal(await browser.GetAsync("/account/passkeys"));
        using var profile = Signal(await browser.GetAsync("/account/profile"));
        using var stranger = new PageBrowser(Pages.Host);
        var unknown = await stranger.FollowAsync(await PasskeySteps.UseAsync(stranger, foreign, "/sign-in"));

        Assert.Equal(
            System.Buffers.Text.Base64Url.EncodeToString(passkey.CredentialId),
            Assert
                .Single(list.RootElement.GetProperty("allAcceptedCredentialIds").EnumerateArray().ToList())
                .GetString()
        );
        Assert.Equal("Ada \"><b>", list.RootElement.GetProperty("displayName").GetString());
        Assert.Equal(passkey.UserHandle, list.RootElement.GetProperty("userId").GetString());
        Assert.Equal(JsonValueKind.Null, profile.RootElement.GetProperty("allAcceptedCredentialIds").ValueKind);
        Assert.Contains("data-passkey-unknown=\"localhost\"", unknown.Html, StringComparison.Ordinal);
    }

    private static JsonDocument Signal(VisitedPage page)
    {
        const string Start = "data-passkey-signals=\"";
        var from = page.Html.IndexOf(Start, StringComparison.Ordinal) + Start.Length;
        return JsonDocument.Parse(WebUtility.HtmlDecode(page.Html[from..page.Html.IndexOf('"', from)]));
    }

    private SoftPasskey NewPasskey() => new("localhost", Pages.Host.Issuer.TrimEnd('/'));

    private Task<List<Passkey>> PasskeysAsync(UserAccount user) =>
        Pages.Service<PasskeyStore>().ListAsync(user.Id, default);

    // The browser is not disposed of: it holds no socket, only a handler of the host.
    private async Task<(PageBrowser Browser, VisitedPage Answer)> SignInAsync(UserAccount user)
    {
        var browser = new PageBrowser(Pages.Host);
        return (
            browser,
            await browser.SignInAsync(user.Email, PagesFixture.Password, "/sign-in?returnUrl=%2Faccount%2Fprofile")
        );
    }
}
