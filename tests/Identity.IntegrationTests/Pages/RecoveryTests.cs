using System.Net;
using System.Text.RegularExpressions;
using Identity.Core.Mail;
using Identity.Testing;

namespace Identity.IntegrationTests.Pages;

/// <summary>The ways that lead over a mail, as people go them: by pages and by the links of the mails that were
/// written.</summary>
public sealed partial class RecoveryTests(PagesFixture fixture) : IClassFixture<PagesFixture>
{
    private const string Next = "Another-sentence-4-you";

    [Fact]
    public async Task A_newcomer_registers_confirms_the_address_and_is_signed_in_where_they_were_going()
    {
        var email = $"new-{Guid.NewGuid():N}@example.org";
        using var browser = new PageBrowser(fixture.Host);

        var sent = await browser.FollowAsync(
            await browser.SubmitAsync(
                await browser.GetAsync("/register?returnUrl=%2Faccount%2Fsessions"),
                [("Input.Email", email), ("Input.NewPassword", PagesFixture.Password)]
            )
        );
        var early = await browser.FollowAsync(await browser.SignInAsync(email, PagesFixture.Password));
        var opened = await browser.GetAsync(await LinkToAsync(email, "verify_email"));
        var asked = await browser.FollowAsync(opened);
        var confirmed = await browser.SubmitAsync(asked, []);
        var done = await browser.FollowAsync(confirmed);

        Assert.Equal("/check-mail", sent.Address.AbsolutePath);
        Assert.Contains(email, sent.Text, StringComparison.Ordinal);
        Assert.Equal("/verify-first", early.Address.AbsolutePath);
        Assert.Equal("/verify-email", opened.Location);
        Assert.Equal(HttpStatusCode.SeeOther, opened.Status);
        Assert.Equal(("/account/sessions", HttpStatusCode.OK), (done.Address.AbsolutePath, done.Status));
    }

    [Fact]
    public async Task RV_8_who_proves_an_address_in_another_browser_than_that_of_the_sign_up_chooses_the_password()
    {
        var email = $"owner-{Guid.NewGuid():N}@example.org";
        using var squatter = new PageBrowser(fixture.Host);
        using var owner = new PageBrowser(fixture.Host);
        await squatter.SubmitAsync(
            await squatter.GetAsync("/register"),
            [("Input.Email", email), ("Input.NewPassword", PagesFixture.Password)]
        );

        var asked = await owner.FollowAsync(await owner.GetAsync(await LinkToAsync(email, "verify_email")));
        var confirmed = await owner.SubmitAsync(asked, []);
        var late = await squatter.SignInAsync(email, PagesFixture.Password);
        var form = await owner.FollowAsync(confirmed);
        var set = await owner.SubmitAsync(form, [("Input.NewPassword", Next)]);
        var done = await owner.SignInAsync(email, Next);

        Assert.Equal("/reset-password?first", confirmed.Location);
        Assert.Null(late.Location);
        Assert.Contains("Your email is confirmed", form.Text, StringComparison.Ordinal);
        Assert.StartsWith("/sign-in?note=reset", set.Location, StringComparison.Ordinal);
        Assert.Equal("/account", done.Location);
    }

    [Fact]
    public async Task Whoever_forgot_the_password_chooses_another_and_old_sessions_are_over()
    {
        var user = await fixture.UserAsync();
        using var elsewhere = await fixture.SignedInAsync(user);
        using var browser = new PageBrowser(fixture.Host);

        var asked = await browser.FollowAsync(
            await browser.SubmitAsync(await browser.GetAsync("/forgot-password"), [("Input.Email", user.Email)])
        );
        var form = await browser.FollowAsync(await browser.GetAsync(await LinkToAsync(user.Email, "password_reset")));
        var weak = await browser.SubmitAsync(form, [("Input.NewPassword", "short")]);
        var set = await browser.SubmitAsync(weak, [("Input.NewPassword", Next)]);
        var here = await browser.FollowAsync(set);

        Assert.Contains("Check your email", asked.Text, StringComparison.Ordinal);
        Assert.Contains("id=\"Input_NewPassword-error\"", weak.Html, StringComparison.Ordinal);
        Assert.Equal("/account", set.Location);
        Assert.Equal(HttpStatusCode.OK, here.Status);
        Assert.Equal(HttpStatusCode.SeeOther, (await elsewhere.GetAsync("/account")).Status);
    }

    [Fact]
    public async Task A_reset_signs_in_only_the_browser_that_asked_for_it_at_this_address()
    {
        var (user, other) = (await fixture.UserAsync(), await fixture.UserAsync());
        using var browser = new PageBrowser(fixture.Host);
        using var another = new PageBrowser(fixture.Host);
        await browser.SubmitAsync(await browser.GetAsync("/forgot-password"), [("Input.Email", user.Email)]);
        await another.SubmitAsync(await another.GetAsync("/forgot-password"), [("Input.Email", other.Email)]);

        var form = await another.FollowAsync(await another.GetAsync(await LinkToAsync(user.Email, "password_reset")));
        var set = await another.SubmitAsync(form, [("Input.NewPassword", Next)]);
        var signIn = await another.FollowAsync(set);
        var done = await another.SubmitAsync(signIn, [("Input.Email", user.Email), ("Input.Password", Next)]);

        Assert.Equal("/sign-in?note=reset", set.Location);
        Assert.Null(
            set.Headers.GetValueOrDefault("Set-Cookie")
                ?.FirstOrDefault(static cookie => cookie.StartsWith("__Host-identity=", StringComparison.Ordinal))
        );
        Assert.Contains("Sign in with your new password", signIn.Text, StringComparison.Ordinal);
        Assert.Equal("/account", done.Location);
    }

    [Fact]
    public async Task A_reset_in_the_browser_that_asked_still_asks_for_the_second_factor()
    {
        var user = await fixture.UserAsync();
        await fixture.Database.ExecuteAsync(
            "UPDATE users SET two_factor_enabled = true, two_factor_secret = 'x' WHERE id = @id",
            ("id", user.Id)
        );
        using var browser = new PageBrowser(fixture.Host);
        await browser.SubmitAsync(await browser.GetAsync("/forgot-password"), [("Input.Email", user.Email)]);

        var form = await browser.FollowAsync(await browser.GetAsync(await LinkToAsync(user.Email, "password_reset")));
        var set = await browser.SubmitAsync(form, [("Input.NewPassword", Next)]);

        Assert.Equal("/two-factor", set.Location);
        Assert.Equal(HttpStatusCode.SeeOther, (await browser.GetAsync("/account")).Status);
    }

    [Fact]
    public async Task A_confirmation_signs_in_the_browser_that_registered_by_one_of_ten_presses_and_no_other()
    {
        var email = $"new-{Guid.NewGuid():N}@example.org";
        using var browser = new PageBrowser(fixture.Host);
        await browser.SubmitAsync(
            await browser.GetAsync("/register"),
            [("Input.Email", email), ("Input.NewPassword", Next)]
        );
        var form = await browser.FollowAsync(await browser.GetAsync(await LinkToAsync(email, "verify_email")));

        var pressed = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => browser.SubmitAsync(form, [])));
        using var stranger = new PageBrowser(fixture.Host);
        var elsewhere = await stranger.GetAsync("/sign-in?note=verified");

        Assert.Single(pressed, static page => page.Location == "/account");
        Assert.Equal(
            "email",
            await fixture.Database.ScalarAsync<string>(
                "SELECT string_agg(array_to_string(amr, ' '), ',') FROM sessions s JOIN users u ON u.id = s.user_id "
                    + "WHERE u.email = @email AND s.is_active",
                ("email", email)
            )
        );
        Assert.DoesNotContain("@", elsewhere.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_is_changed_from_its_new_mailbox_and_taken_back_from_the_old()
    {
        var user = await fixture.UserAsync();
        var next = $"next-{Guid.NewGuid():N}@example.org";
        using var browser = await fixture.SignedInAsync(user);
        using var owner = new PageBrowser(fixture.Host);

        var asked = await browser.FollowAsync(
            await browser.SubmitAsync(
                await browser.GetAsync("/account/email"),
                [("Input.Email", next)],
                "/account/email"
            )
        );
        var confirm = await browser.FollowAsync(
            await browser.GetAsync(await LinkToAsync(next, "email_change_confirm"))
        );
        var changed = await browser.FollowAsync(await browser.SubmitAsync(confirm, []));
        var revert = await owner.FollowAsync(
            await owner.GetAsync(await LinkToAsync(user.Email, "email_change_notice"))
        );
        var reverted = await owner.FollowAsync(await owner.SubmitAsync(revert, []));

        Assert.Contains("We’ve sent a link", asked.Text, StringComparison.Ordinal);
        Assert.Contains("Email address changed", changed.Text, StringComparison.Ordinal);
        Assert.Contains(next, changed.Text, StringComparison.Ordinal);
        Assert.Equal("/forgot-password", reverted.Address.AbsolutePath);
        Assert.Equal(
            user.Email,
            await fixture.Database.ScalarAsync<string>("SELECT email FROM users WHERE id = @id", ("id", user.Id))
        );
        Assert.Equal(HttpStatusCode.SeeOther, (await browser.GetAsync("/account")).Status);
    }

    [Fact]
    public async Task RV_4_a_new_address_is_confirmed_after_signing_in_and_the_token_stays_out_of_other_addresses()
    {
        using var browser = new PageBrowser(fixture.Host);
        var link = "/account/email/confirm?token=" + Identity.Core.Primitives.OpaqueToken.Create().Value;

        var opened = await browser.GetAsync(link);
        var signIn = await browser.GetAsync(opened.Location!);

        Assert.Equal("/account/email/confirm", opened.Location);
        Assert.Equal("/sign-in?returnUrl=%2Faccount%2Femail%2Fconfirm", signIn.Location);
    }

    [Theory]
    [InlineData("/verify-email", "Get a new link")]
    [InlineData("/reset-password", "Get a new link")]
    [InlineData("/revert-email", "Get a new link")]
    public async Task A_link_that_is_no_longer_good_has_a_way_on(string path, string way)
    {
        foreach (var token in (string[])[Identity.Core.Primitives.OpaqueToken.Create().Value, "", "x", new('A', 3000)])
        {
            using var browser = new PageBrowser(fixture.Host);
            var page = await browser.FollowAsync(await browser.GetAsync($"{path}?token={token}"));

            Assert.Equal(HttpStatusCode.OK, page.Status);
            Assert.Equal(path, page.Address.PathAndQuery);
            Assert.Contains(way, page.Text, StringComparison.Ordinal);
        }

        // No link of ours holds a NUL: what does is refused before any page is asked (PW-2).
        using var hostile = new PageBrowser(fixture.Host);
        Assert.Equal(HttpStatusCode.BadRequest, (await hostile.GetAsync($"{path}?token=%00")).Status);
    }

    [Theory]
    [InlineData("verify_email")]
    [InlineData("password_reset")]
    public async Task RV_3_of_twenty_parallel_presses_of_the_button_one_counts_and_RV_2_opening_counts_for_none(
        string kind
    )
    {
        var user = await fixture.UserAsync(verified: kind != "verify_email");
        using var browser = new PageBrowser(fixture.Host);
        await browser.SubmitAsync(
            await browser.GetAsync(kind == "verify_email" ? "/check-mail" : "/forgot-password"),
            [("Input.Email", user.Email)]
        );
        var link = await LinkToAsync(user.Email, kind);
        for (var i = 0; i < 3; i++)
        {
            using var head = new HttpRequestMessage(HttpMethod.Head, link);
            (await browser.Client.SendAsync(head)).Dispose();
        }
        var page = await browser.FollowAsync(await browser.GetAsync(link));
        var cookie = kind == "verify_email" ? "__Host-verify" : "__Host-reset";
        var cookies = $"{cookie}={browser.Cookie(cookie)}; __Host-antiforgery={browser.Cookie("__Host-antiforgery")}";
        var token = page.MainForm.Fields.Single(static field => field.Name == "__RequestVerificationToken").Value;

        var answers = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(n => PressAsync(page.Address.AbsolutePath, cookies, token, n))
        );

        Assert.Single(answers, static answer => answer == HttpStatusCode.SeeOther);
        Assert.Equal(
            1L,
            await fixture.Database.ScalarAsync<long>(
                "SELECT count(*) FROM audit_logs WHERE user_id = @id AND event_type = @type",
                ("id", user.Id),
                ("type", kind == "verify_email" ? "email_verification" : "password_reset_complete")
            )
        );
    }

    [Fact]
    public async Task Links_that_sign_in_are_off_until_they_are_turned_on()
    {
        using var browser = new PageBrowser(fixture.Host);

        foreach (
            var path in (string[])
                [
                    "/sign-in/link",
                    "/magic-link",
                    "/magic-link?token=" + Identity.Core.Primitives.OpaqueToken.Create().Value,
                ]
        )
            Assert.Equal(HttpStatusCode.NotFound, (await browser.GetAsync(path)).Status);
        Assert.DoesNotContain("/sign-in/link", (await browser.GetAsync("/sign-in")).Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_link_signs_in_where_it_was_asked_for_and_nowhere_else_and_the_second_factor_is_still_asked_for()
    {
        await using var host = await IdentityHost.StartAsync(
            fixture.Database,
            new Dictionary<string, string?> { ["Identity:Recovery:MagicLinks"] = "true" }
        );
        var user = await fixture.UserAsync();
        using var browser = new PageBrowser(host);
        using var stranger = new PageBrowser(host);

        await browser.SubmitAsync(
            await browser.GetAsync("/sign-in/link?returnUrl=%2Faccount%2Fprofile"),
            [("Input.Email", user.Email)]
        );
        var link = await LinkToAsync(user.Email, "magic_link");
        var elsewhere = await stranger.FollowAsync(await stranger.GetAsync(link));
        var signedIn = await browser.SubmitAsync(await browser.FollowAsync(await browser.GetAsync(link)), []);
        await fixture.Database.ExecuteAsync(
            "UPDATE users SET two_factor_enabled = true WHERE id = @id",
            ("id", user.Id)
        );
        using var second = new PageBrowser(host);
        await second.SubmitAsync(await second.GetAsync("/sign-in/link"), [("Input.Email", user.Email)]);
        var half = await second.SubmitAsync(
            await second.FollowAsync(await second.GetAsync(await LinkToAsync(user.Email, "magic_link"))),
            []
        );

        Assert.Contains("only in the browser that asked for them", elsewhere.Text, StringComparison.Ordinal);
        Assert.Equal("/account/profile", signedIn.Location);
        Assert.StartsWith("/two-factor", half.Location, StringComparison.Ordinal);
        Assert.Null(second.Cookie("__Host-identity"));
    }

    [Fact]
    public async Task Whoever_secures_the_account_by_a_notice_is_out_everywhere_and_chooses_a_password_here()
    {
        var user = await fixture.UserAsync();
        using var thief = await fixture.SignedInAsync(user);
        using var browser = new PageBrowser(fixture.Host);
        await browser.SubmitAsync(await browser.GetAsync("/forgot-password"), [("Input.Email", user.Email)]);
        var reset = await browser.FollowAsync(await browser.GetAsync(await LinkToAsync(user.Email, "password_reset")));
        await browser.SubmitAsync(reset, [("Input.NewPassword", Next)]);
        using var owner = new PageBrowser(fixture.Host);

        var asked = await owner.FollowAsync(await owner.GetAsync(await LinkToAsync(user.Email, "password_changed")));
        var before = (await browser.GetAsync("/account")).Status;
        var form = await owner.FollowAsync(await owner.SubmitAsync(asked, []));
        var set = await owner.SubmitAsync(form, [("Input.NewPassword", PagesFixture.Password + "-2")]);

        Assert.Contains("Secure your account?", asked.Text, StringComparison.Ordinal);
        Assert.Equal(
            (HttpStatusCode.OK, HttpStatusCode.SeeOther),
            (before, (await browser.GetAsync("/account")).Status)
        );
        Assert.Equal("/reset-password", form.Address.AbsolutePath);
        Assert.Equal("/account", set.Location);
    }

    [Fact]
    public async Task An_account_is_secured_from_its_pages_and_the_next_step_is_a_link_for_a_new_password()
    {
        var user = await fixture.UserAsync();
        using var browser = await fixture.SignedInAsync(user);
        using var elsewhere = await fixture.SignedInAsync(user);

        var form = await browser.GetAsync("/account/secure");
        var next = await browser.FollowAsync(await browser.SubmitAsync(form, [], "/account/secure"));

        Assert.Contains("Your account is secured", next.Text, StringComparison.Ordinal);
        Assert.Contains(user.Email, next.Html, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.SeeOther, (await elsewhere.GetAsync("/account")).Status);
        Assert.Equal(HttpStatusCode.SeeOther, (await browser.GetAsync("/account")).Status);
        Assert.Contains(
            "secured",
            (await NewestAsync(user.Email, "account_secured")).Content.Text,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task The_mailbox_shows_a_mail_in_a_sandbox_and_in_Development_alone()
    {
        var user = await fixture.UserAsync();
        using var browser = new PageBrowser(fixture.Host);
        await browser.SubmitAsync(await browser.GetAsync("/forgot-password"), [("Input.Email", user.Email)]);
        var mail = await NewestAsync(user.Email, "password_reset");

        var list = await browser.GetAsync("/dev/mailbox");
        var one = await browser.GetAsync($"/dev/mailbox/{mail.Id:D}");
        var frame = await browser.GetAsync($"/dev/mailbox/{mail.Id:D}?handler=Html");

        Assert.Contains(user.Email, list.Text, StringComparison.Ordinal);
        Assert.Contains("/reset-password?token=", one.Html, StringComparison.Ordinal);
        Assert.Contains("<base target=\"_top\">", frame.Html, StringComparison.Ordinal);
        Assert.Contains(
            "; sandbox allow-top-navigation-by-user-activation",
            frame.Header("Content-Security-Policy"),
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("script-src", frame.Header("Content-Security-Policy"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await browser.GetAsync($"/dev/mailbox/{Guid.NewGuid():D}")).Status);
    }

    private async Task<HttpStatusCode> PressAsync(string path, string cookies, string token, int n)
    {
        using var client = fixture.Host.CreateClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new FormUrlEncodedContent([
                new("__RequestVerificationToken", token),
                new("Input.NewPassword", $"{Next}-{n}"),
            ]),
        };
        request.Headers.Add("Cookie", cookies);
        using var answer = await client.SendAsync(request);
        return answer.StatusCode;
    }

    private async Task<MailboxEntry> NewestAsync(string email, string kind) =>
        (await fixture.Service<MailboxReader>().ListAsync(200, default)).First(mail =>
            mail.Kind == kind && mail.Content.To == email
        );

    /// <summary>Where the button of the newest such mail leads, on whichever host.</summary>
    private async Task<string> LinkToAsync(string email, string kind) =>
        new Uri(LinkPattern().Match((await NewestAsync(email, kind)).Content.Text).Value).PathAndQuery;

    [GeneratedRegex(@"http\S+\?token=\S+")]
    private static partial Regex LinkPattern();
}
