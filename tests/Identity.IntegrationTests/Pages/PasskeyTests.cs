using System.Net;
using Identity.Core.Passkeys;
using Identity.Core.People;
using Identity.Core.Users;
using Identity.Testing;

namespace Identity.IntegrationTests.Pages;

/// <summary>Passkeys over HTTP, by an authenticator in software: what an honest browser does, and what none would
/// (MF-9).</summary>
public sealed class PasskeyTests(PagesFixture fixture) : IClassFixture<PagesFixture>
{
    private const string Refusal = "That passkey didn’t work";

    [Fact]
    public async Task A_passkey_is_added_and_signs_in_alone_with_two_factors()
    {
        var user = await fixture.UserAsync("Ada");
        using var passkey = await AddedAsync(user);
        using var browser = new PageBrowser(fixture.Host);

        var answer = await PasskeySteps.UseAsync(browser, passkey, "/sign-in?returnUrl=%2Faccount%2Fpasskeys");
        var list = await browser.FollowAsync(answer);

        Assert.Equal("/account/passkeys", answer.Location);
        Assert.Contains("Key of tests", list.Text, StringComparison.Ordinal);
        Assert.Contains("last used on", list.Text, StringComparison.Ordinal);
        Assert.Equal("mfa pop user aal2", await MethodsAsync(user));
        Assert.Equal(
            1L,
            await fixture.Database.ScalarAsync<long>(
                "SELECT count(*) FROM idp.mail_outbox WHERE user_id = @id AND kind = 'passkey_added'",
                ("id", user.Id)
            )
        );
    }

    [Fact]
    public async Task MF_9_an_answer_works_once_in_the_browser_that_asked_and_to_its_own_challenge()
    {
        var user = await fixture.UserAsync();
        using var passkey = await AddedAsync(user);
        using var browser = new PageBrowser(fixture.Host);
        using var other = new PageBrowser(fixture.Host);
        var page = await browser.GetAsync("/sign-in");
        var answer = passkey.Get(await PasskeySteps.OptionsAsync(browser, page));
        await PasskeySteps.OptionsAsync(other, await other.GetAsync("/sign-in"));

        var elsewhere = await PasskeySteps.FinishAsync(other, await other.GetAsync("/sign-in"), answer);
        using var empty = new PageBrowser(fixture.Host);
        var stranger = await PasskeySteps.FinishAsync(empty, await empty.GetAsync("/sign-in"), answer);
        var first = await PasskeySteps.FinishAsync(browser, page, answer);
        using var again = new PageBrowser(fixture.Host);
        var replayed = await PasskeySteps.FinishAsync(again, await again.GetAsync("/sign-in"), answer);

        Assert.Equal("/sign-in?passkey=refused", elsewhere.Location);
        Assert.Equal("/sign-in?passkey=refused", stranger.Location);
        Assert.Equal("/account", first.Location);
        Assert.Equal("/sign-in?passkey=refused", replayed.Location);
        Assert.Contains(Refusal, (await again.FollowAsync(replayed)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DB_1_of_twenty_parallel_uses_of_one_ceremony_one_signs_in()
    {
        var user = await fixture.UserAsync();
        using var passkey = await AddedAsync(user);
        using var browser = new PageBrowser(fixture.Host);
        var page = await browser.GetAsync("/sign-in");
        var answer = passkey.Get(await PasskeySteps.OptionsAsync(browser, page));
        var cookies =
            $"__Host-passkey-sign-in={browser.Cookie("__Host-passkey-sign-in")}; "
            + $"__Host-antiforgery={browser.Cookie("__Host-antiforgery")}";
        var token = page.MainForm.Fields.Single(static field => field.Name == "__RequestVerificationToken").Value;

        var answers = await Task.WhenAll(
            Enumerable
                .Range(0, 20)
                .Select(async _ =>
                {
                    using var client = fixture.Host.CreateClient();
                    using var request = new HttpRequestMessage(HttpMethod.Post, "/sign-in?handler=Passkey")
                    {
                        Content = new FormUrlEncodedContent([
                            new("__RequestVerificationToken", token),
                            new("credential", answer),
                        ]),
                    };
                    request.Headers.Add("Cookie", cookies);
                    using var response = await client.SendAsync(request);
                    return response.Headers.Location?.OriginalString;
                })
        );

        Assert.Single(answers, "/account");
        Assert.Equal(19, answers.Count(static location => location == "/sign-in?passkey=refused"));
    }

    [Theory]
    [InlineData("wrong origin")]
    [InlineData("wrong site")]
    [InlineData("person not verified")]
    [InlineData("expired")]
    [InlineData("disabled")]
    [InlineData("unknown credential")]
    [InlineData("counter runs back")]
    [InlineData("garbage")]
    [InlineData("empty")]
    [InlineData("huge")]
    public async Task Whatever_is_wrong_the_answer_is_the_same_and_nobody_is_signed_in(string cause)
    {
        var user = await fixture.UserAsync();
        using var passkey = await AddedAsync(user, counter: 7);
        using var stranger = new SoftPasskey("localhost", Origin);
        using var browser = new PageBrowser(fixture.Host);
        var page = await browser.GetAsync("/sign-in");
        var options = await PasskeySteps.OptionsAsync(browser, page);
        switch (cause)
        {
            case "wrong origin":
                passkey.Origin = "https://localhost.evil.example";
                break;
            case "wrong site":
                passkey.RpId = "evil.example";
                break;
            case "person not verified":
                passkey.VerifiesUser = false;
                break;
            case "counter runs back":
                passkey.Counter = 3;
                break;
            case "expired":
                await fixture.Database.ExecuteAsync(
                    "UPDATE idp.passkey_ceremonies SET expires_at = now() WHERE user_id IS NULL"
                );
                break;
            case "disabled":
                await fixture.Service<AccountActions>().DisableAsync(user.Id);
                break;
        }
        var answer = cause switch
        {
            "garbage" => "{\"id\":[[[",
            "empty" => "",
            "huge" => new string('a', 40_000),
            "unknown credential" => stranger.Get(options),
            _ => passkey.Get(options),
        };

        var refused = await PasskeySteps.FinishAsync(browser, page, answer);

        // The words are the same; only the password manager is told that it may forget a passkey that nobody has.
        Assert.Equal(
            (
                HttpStatusCode.SeeOther,
                cause == "unknown credential" ? "/sign-in?passkey=unknown" : "/sign-in?passkey=refused"
            ),
            (refused.Status, refused.Location)
        );
        Assert.Contains(Refusal, (await browser.FollowAsync(refused)).Text, StringComparison.Ordinal);
        Assert.Null(browser.Cookie("__Host-identity"));
        Assert.Equal(
            cause == "counter runs back" ? "counter"
                : cause == "disabled" ? "assertion"
                : null,
            await fixture.Database.ScalarAsync<string?>(
                "SELECT max(details->>'reason') FROM audit_logs WHERE event_type = 'login' AND details->>'method' = "
                    + "'passkey' AND (user_id = @id OR (@any AND user_id IS NULL AND details->>'reason' = "
                    + "'assertion'))",
                ("id", user.Id),
                ("any", cause == "disabled")
            )
        );
    }

    [Fact]
    public async Task A_passkey_is_the_second_factor_of_its_owner_and_of_nobody_else()
    {
        var (user, other) = (await fixture.UserAsync(), await fixture.UserAsync());
        using var passkey = await AddedAsync(user);
        using var foreign = await AddedAsync(other);
        await fixture.Database.ExecuteAsync(
            "UPDATE users SET two_factor_enabled = true WHERE id = @id",
            ("id", user.Id)
        );
        using var browser = new PageBrowser(fixture.Host);
        var second = await browser.FollowAsync(
            await browser.SignInAsync(user.Email, PagesFixture.Password, "/sign-in?returnUrl=%2Faccount%2Fprofile")
        );

        var refused = await browser.FollowAsync(
            await PasskeySteps.FinishAsync(
                browser,
                second,
                foreign.Get(await PasskeySteps.OptionsAsync(browser, second))
            )
        );
        var accepted = await PasskeySteps.FinishAsync(
            browser,
            refused,
            passkey.Get(await PasskeySteps.OptionsAsync(browser, refused))
        );

        Assert.Equal("/two-factor", second.Address.AbsolutePath);
        Assert.Contains(Refusal, refused.Text, StringComparison.Ordinal);
        Assert.Equal("/account/profile", accepted.Location);
        Assert.Equal("mfa pop pwd user aal2", await MethodsAsync(user));
    }

    [Fact]
    public async Task Somebody_without_password_confirms_by_passkey_and_the_last_way_in_stays()
    {
        var user = await fixture.UserAsync();
        using var passkey = await AddedAsync(user);
        await fixture.Database.ExecuteAsync(
            "UPDATE users SET password_hash = NULL, password_changed_at = NULL WHERE id = @id",
            ("id", user.Id)
        );
        using var browser = new PageBrowser(fixture.Host);
        await PasskeySteps.UseAsync(browser, passkey, "/sign-in");
        await fixture.Database.ExecuteAsync(
            "UPDATE sessions SET auth_time = now() - interval '10 minutes' WHERE user_id = @id",
            ("id", user.Id)
        );

        var confirm = await browser.FollowAsync(await browser.GetAsync("/account/passkeys"));
        var before = browser.Cookie("__Host-identity");
        var list = await browser.FollowAsync(
            await PasskeySteps.FinishAsync(
                browser,
                confirm,
                passkey.Get(await PasskeySteps.OptionsAsync(browser, confirm))
            )
        );
        var kept = await browser.SubmitAsync(list, [], "handler=Remove");

        Assert.Equal("/confirm-identity", confirm.Address.AbsolutePath);
        Assert.DoesNotContain("Input.Password", confirm.Html, StringComparison.Ordinal);
        Assert.Equal("/account/passkeys", list.Address.AbsolutePath);
        Assert.NotEqual(before, browser.Cookie("__Host-identity"));
        Assert.Contains("You can’t remove your only way to sign in", kept.Text, StringComparison.Ordinal);
        Assert.Single(await fixture.Service<PasskeyStore>().ListAsync(user.Id, default));
    }

    [Fact]
    public async Task SE_10_adding_needs_a_fresh_proof_and_a_verified_person_and_one_credential_is_added_once()
    {
        var user = await fixture.UserAsync();
        using var browser = await fixture.SignedInAsync(user);
        using var passkey = new SoftPasskey("localhost", Origin) { VerifiesUser = false };
        var page = await browser.GetAsync("/account/passkeys");

        var unverified = await PasskeySteps.FinishAsync(
            browser,
            page,
            passkey.Create(await PasskeySteps.OptionsAsync(browser, page, "Add")),
            "Add"
        );
        passkey.VerifiesUser = true;
        var added = await PasskeySteps.FinishAsync(
            browser,
            page,
            passkey.Create(await PasskeySteps.OptionsAsync(browser, page, "Add")),
            "Add"
        );
        var twice = await PasskeySteps.FinishAsync(
            browser,
            page,
            passkey.Create(await PasskeySteps.OptionsAsync(browser, page, "Add")),
            "Add"
        );
        var renamed = await browser.SubmitAsync(
            await browser.GetAsync("/account/passkeys"),
            [("name", "Blue <key>")],
            "handler=Rename"
        );
        var list = await browser.FollowAsync(renamed);
        await fixture.Database.ExecuteAsync(
            "UPDATE sessions SET auth_time = now() - interval '10 minutes' WHERE user_id = @id",
            ("id", user.Id)
        );
        var late = await browser.SubmitAsync(list, [], "handler=Remove");

        Assert.Contains("didn’t check that it’s you", unverified.Text, StringComparison.Ordinal);
        Assert.Equal("/account/passkeys?done=added", added.Location);
        Assert.Equal(HttpStatusCode.OK, twice.Status);
        Assert.Contains("Blue &lt;key&gt;", list.Html, StringComparison.Ordinal);
        Assert.StartsWith("/confirm-identity", late.Location, StringComparison.Ordinal);
        Assert.Single(await fixture.Service<PasskeyStore>().ListAsync(user.Id, default));
    }

    [Fact]
    public async Task Removing_one_tells_the_owner_and_it_no_longer_signs_in()
    {
        var user = await fixture.UserAsync();
        using var passkey = await AddedAsync(user);
        using var browser = await fixture.SignedInAsync(user);

        var removed = await browser.SubmitAsync(await browser.GetAsync("/account/passkeys"), [], "handler=Remove");
        using var late = new PageBrowser(fixture.Host);
        var refused = await PasskeySteps.UseAsync(late, passkey, "/sign-in");

        Assert.Equal("/account/passkeys?done=removed", removed.Location);
        Assert.Equal("/sign-in?passkey=unknown", refused.Location);
        Assert.Equal(
            1L,
            await fixture.Database.ScalarAsync<long>(
                "SELECT count(*) FROM idp.mail_outbox WHERE user_id = @id AND kind = 'passkey_removed'",
                ("id", user.Id)
            )
        );
    }

    [Fact]
    public async Task EN_1_the_options_of_a_sign_in_name_no_credential()
    {
        var user = await fixture.UserAsync();
        using var passkey = await AddedAsync(user);
        using var browser = new PageBrowser(fixture.Host);

        var options = await PasskeySteps.OptionsAsync(browser, await browser.GetAsync("/sign-in"));

        using var json = System.Text.Json.JsonDocument.Parse(options);
        Assert.True(!json.RootElement.TryGetProperty("allowCredentials", out var list) || list.GetArrayLength() == 0);
        Assert.Equal("required", json.RootElement.GetProperty("userVerification").GetString());
        Assert.Equal("localhost", json.RootElement.GetProperty("rpId").GetString());
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public async Task A_passkey_whose_manager_begins_or_stops_to_synchronise_it_still_signs_in(bool before, bool after)
    {
        var user = await fixture.UserAsync();
        using var owner = await fixture.SignedInAsync(user);
        using var passkey = await PasskeySteps.AddAsync(owner, fixture.Host, counter: 3, synchronised: before);
        using var browser = new PageBrowser(fixture.Host);

        passkey.IsSynchronised = after;
        passkey.Counter = after ? 0u : 4u;
        var first = await PasskeySteps.UseAsync(browser, passkey, "/sign-in");
        using var again = new PageBrowser(fixture.Host);
        passkey.Counter = after ? 0u : 5u;
        var second = await PasskeySteps.UseAsync(again, passkey, "/sign-in");

        Assert.Equal(("/account", "/account"), (first.Location, second.Location));
        Assert.Equal(
            1L,
            await fixture.Database.ScalarAsync<long>(
                "SELECT count(*) FROM audit_logs WHERE user_id = @id AND event_type = 'passkey_signal'",
                ("id", user.Id)
            )
        );
    }

    private string Origin => fixture.Host.Issuer.TrimEnd('/');

    private async Task<SoftPasskey> AddedAsync(UserAccount user, uint counter = 0)
    {
        using var browser = await fixture.SignedInAsync(user);
        return await PasskeySteps.AddAsync(browser, fixture.Host, counter);
    }

    private Task<string?> MethodsAsync(UserAccount user) =>
        fixture.Database.ScalarAsync<string>(
            "SELECT array_to_string(ARRAY (SELECT unnest(amr) ORDER BY 1), ' ') || ' ' || acr FROM sessions WHERE "
                + "user_id = @id AND is_active ORDER BY created_at DESC LIMIT 1",
            ("id", user.Id)
        );
}
