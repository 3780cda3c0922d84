using System.Net;
using Identity.Testing;

namespace Identity.IntegrationTests.Pages;

public sealed class SignInTests(PagesFixture fixture) : IClassFixture<PagesFixture>
{
    [Fact]
    public async Task Without_JavaScript_a_person_signs_in_sees_their_account_and_signs_out()
    {
        var user = await fixture.UserAsync("Ada Lovelace");
        using var browser = new PageBrowser(fixture.Host);

        var door = await browser.FollowAsync(await browser.GetAsync("/"));
        Assert.Equal("/sign-in", door.Address.AbsolutePath);
        var signedIn = await browser.SubmitAsync(
            door,
            [("Input.Email", user.Email), ("Input.Password", PagesFixture.Password)]
        );
        var account = await browser.FollowAsync(signedIn);
        var asked = await browser.GetAsync("/sign-out");
        var signedOut = await browser.FollowAsync(await browser.SubmitAsync(asked, []));
        var after = await browser.GetAsync("/account");

        Assert.Equal(HttpStatusCode.SeeOther, signedIn.Status);
        Assert.Equal("/account", signedIn.Location);
        Assert.Contains("Hello, Ada Lovelace", account.Text, StringComparison.Ordinal);
        Assert.Equal("/signed-out", signedOut.Address.AbsolutePath);
        Assert.Equal(HttpStatusCode.SeeOther, after.Status);
        Assert.Equal(
            1L,
            await fixture.Database.ScalarAsync<long>(
                "SELECT count(*) FROM sessions WHERE user_id = @id AND NOT is_active AND revoked_reason = 'logout'",
                ("id", user.Id)
            )
        );
    }

    [Fact]
    public async Task SE_2_a_new_sign_in_in_the_same_browser_gets_a_new_token_and_ends_the_old_session()
    {
        var (one, two) = (await fixture.UserAsync(), await fixture.UserAsync());
        using var browser = await fixture.SignedInAsync(one);
        var before = browser.Cookie("__Host-identity")!;
        var page = await browser.GetAsync("/account");
        Assert.Equal(HttpStatusCode.OK, page.Status);

        // The page is open in a second tab; a signed-in person who comes by themselves is sent on, so the form is asked
        // for by another browser.
        using var other = new PageBrowser(fixture.Host);
        var form = await other.GetAsync("/sign-in");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/sign-in")
        {
            Content = new FormUrlEncodedContent([
                new("Input.Email", two.Email),
                new("Input.Password", PagesFixture.Password),
                new(
                    "__RequestVerificationToken",
                    form.MainForm.Fields.Single(static field => field.Name == "__RequestVerificationToken").Value
                ),
            ]),
        };
        request.Headers.Add(
            "Cookie",
            $"__Host-identity={before}; __Host-antiforgery={other.Cookie("__Host-antiforgery")}"
        );
        using var client = fixture.Host.CreateClient();
        using var answer = await client.SendAsync(request);

        Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
        Assert.DoesNotContain(
            before,
            string.Join(' ', answer.Headers.GetValues("Set-Cookie")),
            StringComparison.Ordinal
        );
        Assert.Equal(
            "logout",
            await fixture.Database.ScalarAsync<string>(
                "SELECT revoked_reason FROM sessions WHERE user_id = @id",
                ("id", one.Id)
            )
        );
        Assert.True(
            await fixture.Database.ScalarAsync<bool>(
                "SELECT is_active FROM sessions WHERE user_id = @id",
                ("id", two.Id)
            )
        );
    }

    [Theory]
    [InlineData("//evil.example/")]
    [InlineData("/\t/evil.example/")]
    public async Task WB_3_a_return_url_that_is_no_path_of_ours_leads_to_the_account(string returnUrl)
    {
        var user = await fixture.UserAsync();
        using var browser = new PageBrowser(fixture.Host);

        var answer = await browser.SignInAsync(
            user.Email,
            PagesFixture.Password,
            "/sign-in?returnUrl=" + Uri.EscapeDataString(returnUrl)
        );

        Assert.Equal(HttpStatusCode.SeeOther, answer.Status);
        Assert.Equal("/account", answer.Location);
    }

    [Theory]
    [InlineData("/account/sessions?x=%252F%2Fevil.example")]
    public async Task WB_3_a_local_return_url_is_followed_as_it_stands(string returnUrl)
    {
        var user = await fixture.UserAsync();
        using var browser = new PageBrowser(fixture.Host);

        var answer = await browser.SignInAsync(
            user.Email,
            PagesFixture.Password,
            "/sign-in?returnUrl=" + Uri.EscapeDataString(returnUrl)
        );

        Assert.Equal(returnUrl, answer.Location);
    }

    [Fact]
    public async Task What_was_typed_stays_but_for_the_password_and_the_error_is_beside_the_field_and_in_a_summary()
    {
        using var browser = new PageBrowser(fixture.Host);

        var answer = await browser.SignInAsync("ada@example.org", "not-the-password");

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Contains("value=\"ada@example.org\"", answer.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("not-the-password", answer.Html, StringComparison.Ordinal);
        Assert.Contains("id=\"Input_Password-error\"", answer.Html, StringComparison.Ordinal);
        Assert.Contains("href=\"#Input_Password\"", answer.Html, StringComparison.Ordinal);
        Assert.Contains("aria-invalid=\"true\"", answer.Html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pass\0word")]
    [InlineData("pass\uFFFDword")]
    public async Task PW_2_a_password_that_nobody_types_is_refused_with_400_before_it_is_hashed(string password)
    {
        using var browser = new PageBrowser(fixture.Host);
        var page = await browser.GetAsync("/sign-in");
        var calls = fixture.Hasher.Calls;

        var answer = await browser.SubmitAsync(
            page,
            [("Input.Email", "ada@example.org"), ("Input.Password", password)]
        );

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal(calls, fixture.Hasher.Calls);
    }

    [Theory]
    [InlineData("/sign-in")]
    [InlineData("/register")]
    [InlineData("/sign-out")]
    public async Task WB_1_a_form_without_antiforgery_token_is_refused(string path)
    {
        var user = await fixture.UserAsync();
        using var browser = await fixture.SignedInAsync(user);

        using var answer = await browser.Client.PostAsync(
            path,
            new FormUrlEncodedContent([new("Input.Email", user.Email), new("Input.Password", PagesFixture.Password)])
        );

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync("/account")).Status);
    }

    [Fact]
    public async Task SE_4_every_cookie_is_for_this_host_alone_secure_and_unreadable_to_scripts()
    {
        var user = await fixture.UserAsync();
        using var browser = new PageBrowser(fixture.Host);

        var form = await browser.GetAsync("/sign-in");
        var answer = await browser.SubmitAsync(
            form,
            [("Input.Email", user.Email), ("Input.Password", PagesFixture.Password)]
        );
        var language = await browser.SubmitAsync(
            await browser.GetAsync("/account"),
            [("language", "de")],
            "handler=Language"
        );

        string[] cookies =
        [
            .. form.Headers["Set-Cookie"],
            .. answer.Headers["Set-Cookie"],
            .. language.Headers["Set-Cookie"],
        ];
        Assert.All(
            cookies,
            static cookie =>
            {
                Assert.StartsWith("__Host-", cookie, StringComparison.Ordinal);
                Assert.Contains("; secure", cookie, StringComparison.OrdinalIgnoreCase);
                // The one that scripts of our own frame must read opens nothing (OpenID Connect Session Management 1.0
                // section 3.2).
                Assert.Equal(
                    !cookie.StartsWith("__Host-identity-state=", StringComparison.Ordinal),
                    cookie.Contains("; httponly", StringComparison.OrdinalIgnoreCase)
                );
                Assert.Contains("; samesite=", cookie, StringComparison.OrdinalIgnoreCase);
                Assert.Contains("; path=/", cookie, StringComparison.OrdinalIgnoreCase);
                Assert.DoesNotContain("domain=", cookie, StringComparison.OrdinalIgnoreCase);
            }
        );
        Assert.Contains(cookies, static cookie => cookie.StartsWith("__Host-identity=", StringComparison.Ordinal));
    }
}
