using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Identity.Core.Data;
using Identity.Core.Grants;
using Identity.Core.Users;
using Identity.IntegrationTests.Grants;
using Identity.Testing;

namespace Identity.IntegrationTests.Pages;

/// <summary>What a person may see and end of their account: connected apps, activity, a copy, the account
/// itself.</summary>
public sealed partial class AccountRightsTests(PagesFixture fixture) : IClassFixture<PagesFixture>
{
    [Theory]
    [InlineData("/account/apps")]
    [InlineData("/account/activity")]
    [InlineData("/account/export")]
    [InlineData("/account/delete")]
    public async Task A_stranger_is_sent_to_sign_in(string path)
    {
        using var browser = new PageBrowser(fixture.Host);

        Assert.Equal("/sign-in?returnUrl=" + Uri.EscapeDataString(path), (await browser.GetAsync(path)).Location);
    }

    [Fact]
    public async Task Without_the_setting_there_is_no_page_of_access_tokens()
    {
        using var browser = await fixture.SignedInAsync(await fixture.UserAsync());

        Assert.Equal(HttpStatusCode.NotFound, (await browser.GetAsync("/account/tokens")).Status);
        Assert.DoesNotContain("/account/tokens", (await browser.GetAsync("/account")).Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_app_is_shown_with_its_scopes_in_words_and_its_keys_as_a_picture_and_is_withdrawn_whole()
    {
        var user = await fixture.UserAsync();
        using var browser = await fixture.SignedInAsync(user);
        Assert.Contains(
            "No apps can use your account",
            (await browser.GetAsync("/account/apps")).Text,
            StringComparison.Ordinal
        );
        var refresh = await ConnectAsync(user, rotations: 14);

        var page = await browser.GetAsync("/account/apps");
        var answer = await browser.SubmitAsync(page, [], "handler=Withdraw");
        var after = await browser.GetAsync(answer.Location!);

        Assert.Contains("The Shop <b>", page.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("The Shop <b>", page.Html, StringComparison.Ordinal);
        Assert.Contains("See your email address", page.Text, StringComparison.Ordinal);
        Assert.Contains("https://cdn.example/shop.svg", page.Html, StringComparison.Ordinal);
        Assert.Contains(
            "img-src 'self' data: https://cdn.example",
            page.Header("Content-Security-Policy"),
            StringComparison.Ordinal
        );
        Assert.Contains("15 keys so far. The newest is active.", page.Text, StringComparison.Ordinal);
        Assert.Equal(12, Regex.Count(page.Html, "<circle cx="));
        Assert.Equal(HttpStatusCode.SeeOther, answer.Status);
        Assert.Contains("can no longer use your account", after.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("handler=Withdraw", after.Html, StringComparison.Ordinal);
        Assert.IsType<GrantRedemption.Refused>(
            await fixture.Service<RefreshTokenStore>().RotateAsync(Rotation(refresh), default)
        );
        Assert.Equal(1L, await AuditAsync(user, "consent_withdrawn"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Withdrawing_an_app_tells_it_of_the_browser_session_which_goes_on_and_of_its_end_when_it_came_back(
        bool outlives
    )
    {
        var user = await fixture.UserAsync();
        using var browser = await fixture.SignedInAsync(user);
        await ConnectAsync(user, outlives: outlives);

        await browser.SubmitAsync(await browser.GetAsync("/account/apps"), [], "handler=Withdraw");
        var told = await ReasonsAsync(user);
        await ConnectAsync(user);
        var back = await ReasonsAsync(user);
        await browser.SubmitAsync(await browser.GetAsync("/sign-out"), []);

        Assert.Equal("consent_withdrawn", told);
        Assert.Null(back);
        Assert.Equal("logout", await ReasonsAsync(user));

        Task<string?> ReasonsAsync(UserAccount account) =>
            fixture.Database.ScalarAsync<string>(
                "SELECT string_agg(d.reason, ' ') FROM idp.logout_deliveries d JOIN sessions s ON s.id = d.session_id "
                    + "AND s.client_id IS NULL WHERE d.user_id = @id AND d.client_id = 'shop'",
                ("id", account.Id)
            );
    }

    [Fact]
    public async Task Nobody_withdraws_for_somebody_else_or_what_is_no_client()
    {
        var (victim, attacker) = (await fixture.UserAsync(), await fixture.UserAsync());
        var refresh = await ConnectAsync(victim);
        await ConnectAsync(attacker);
        using var browser = await fixture.SignedInAsync(attacker);
        var page = await browser.GetAsync("/account/apps");

        foreach (var hostile in (string[])["", "no-such", "'; DROP TABLE users; --", new string('x', 5000)])
            Assert.Equal(
                "/account/apps",
                (await browser.SubmitAsync(page, [("client", hostile)], "handler=Withdraw")).Location
            );
        await browser.SubmitAsync(page, [("client", "shop")], "handler=Withdraw");

        Assert.IsType<GrantRedemption.Granted>(
            await fixture.Service<RefreshTokenStore>().RotateAsync(Rotation(refresh), default)
        );
    }

    [Fact]
    public async Task The_page_of_apps_costs_the_same_commands_for_many_families_as_for_one()
    {
        var (one, many) = (await fixture.UserAsync(), await fixture.UserAsync());
        await ConnectAsync(one);
        for (var i = 0; i < 6; i++)
            await ConnectAsync(many);

        Assert.Equal(await CountAsync(one), await CountAsync(many));

        async Task<int> CountAsync(UserAccount user)
        {
            using var browser = await fixture.SignedInAsync(user);
            using var request = new HttpRequestMessage(HttpMethod.Get, "/account/apps");
            var (response, commands) = await fixture.Host.SendCountedAsync(browser.Client, request);
            using (response)
                Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            return commands;
        }
    }

    [Fact]
    public async Task A_session_of_a_client_stands_among_the_apps_and_not_among_the_devices()
    {
        var user = await fixture.UserAsync();
        using var browser = await fixture.SignedInAsync(user);
        await ConnectAsync(user, outlives: true);
        await fixture.Database.ExecuteAsync(
            "UPDATE sessions SET user_agent = 'curl/8' WHERE user_id = @id AND client_id IS NOT NULL",
            ("id", user.Id)
        );

        var devices = await browser.GetAsync("/account/sessions");

        Assert.Equal(
            1L,
            await fixture.Database.ScalarAsync<long>(
                "SELECT count(*) FROM sessions WHERE user_id = @id AND is_active AND client_id = 'shop'",
                ("id", user.Id)
            )
        );
        Assert.DoesNotContain("curl", devices.Text, StringComparison.Ordinal);
        Assert.Contains("The Shop", (await browser.GetAsync("/account/apps")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_activity_says_in_plain_words_what_happened_with_what_and_where()
    {
        var user = await fixture.UserAsync();
        using var browser = await fixture.SignedInAsync(user);
        await InsertAsync(
            user,
            "login",
            "failure",
            "{}",
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
        );
        await InsertAsync(user, "consent_granted", "success", """{"client_id": "shop"}""", null);
        await InsertAsync(user, "token_refreshed", "success", "{}", null);

        var page = await browser.GetAsync("/account/activity");

        Assert.Contains("Failed", page.Text, StringComparison.Ordinal);
        Assert.Contains("Firefox on Linux", page.Text, StringComparison.Ordinal);
        Assert.Contains("203.0.113.9", page.Text, StringComparison.Ordinal);
        Assert.Contains("App: The Shop <b>", page.Text, StringComparison.Ordinal);
        Assert.Contains("UTC", page.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("token_refreshed", page.Html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("en")]
    [InlineData("de")]
    [InlineData("fr")]
    [InlineData("ar")]
    public async Task Every_event_that_is_shown_has_words(string language)
    {
        var user = await fixture.UserAsync();
        using var browser = await fixture.SignedInAsync(user);
        foreach (var type in Server.Pages.Account.ActivityDescriptions.Shown)
            await InsertAsync(user, type, "blocked", "{}", null);

        for (var url = "/account/activity"; url is not null; )
        {
            var page = await browser.GetAsync(url, language);
            Assert.DoesNotContain("Activity.", page.Html, StringComparison.Ordinal);
            url = OlderLink().Match(page.Html) is { Success: true } older ? older.Groups[1].Value : null;
        }
    }

    [Fact]
    public async Task Pages_of_the_activity_hold_every_event_once_even_where_many_share_a_moment()
    {
        var user = await fixture.UserAsync();
        using var browser = await fixture.SignedInAsync(user);
        await fixture.Database.ExecuteAsync(
            """
            INSERT INTO audit_logs (user_id, event_type, event_status, ip_address, details, created_at)
            SELECT @id, 'profile_changed', 'success', ('10.9.' || n / 250 || '.' || n % 250)::inet, '{}',
                now() - make_interval(mins => n / 40) FROM generate_series(1, 100) n
            """,
            ("id", user.Id)
        );

        List<string> seen = [];
        for (var url = "/account/activity"; url is not null; )
        {
            var page = await browser.GetAsync(url);
            seen.AddRange(Address().Matches(page.Html).Select(static match => match.Value));
            url = OlderLink().Match(page.Html) is { Success: true } older ? older.Groups[1].Value : null;
        }

        Assert.Equal(100, seen.Count);
        Assert.Equal(100, seen.Distinct().Count());
    }

    [Theory]
    [InlineData("1.2")]
    [InlineData("99999999999999999.00000000000000000000000000000000")]
    [InlineData("-1.00000000000000000000000000000000")]
    [InlineData("%27%3B--")]
    [InlineData("1&from=2")]
    public async Task A_place_in_the_activity_that_is_none_shows_its_start(string place)
    {
        var page = await (await fixture.Onlooker).GetAsync("/account/activity?from=" + place);

        Assert.Equal(HttpStatusCode.OK, page.Status);
        Assert.Contains("Sign-in", page.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PR_2_a_copy_is_a_file_without_secrets_after_a_step_up_and_is_noted()
    {
        var user = await fixture.UserAsync("Grace");
        using var browser = await fixture.SignedInAsync(user);
        var refresh = await ConnectAsync(user);
        await AgeAsync(user);
        Assert.Equal(
            "/confirm-identity?returnUrl=%2Faccount%2Fexport",
            (await browser.GetAsync("/account/export")).Location
        );
        await browser.SubmitAsync(
            await browser.GetAsync("/confirm-identity?returnUrl=%2Faccount%2Fexport"),
            [("Input.Password", PagesFixture.Password)]
        );

        var file = await browser.SubmitAsync(await browser.GetAsync("/account/export"), []);

        Assert.Equal("application/json", file.Header("Content-Type"));
        Assert.Matches("attachment; filename=account-\\d{4}-\\d\\d-\\d\\d\\.json", file.Header("Content-Disposition"));
        Assert.Contains("no-store", file.Header("Cache-Control"), StringComparison.Ordinal);
        using var json = JsonDocument.Parse(file.Html);
        Assert.Equal(user.Email, json.RootElement.GetProperty("account").GetProperty("email").GetString());
        Assert.Equal("shop", json.RootElement.GetProperty("connected_apps")[0].GetProperty("client_id").GetString());
        Assert.DoesNotContain("$2", file.Html, StringComparison.Ordinal);
        Assert.DoesNotContain(refresh, file.Html, StringComparison.Ordinal);
        Assert.Equal(1L, await AuditAsync(user, "data_exported"));
    }

    [Theory]
    [InlineData("", "Enter your email address.")]
    [InlineData("somebody@example.org", "That’s not this account’s email address.")]
    [InlineData("delete", "That’s not this account’s email address.")]
    public async Task An_account_is_not_deleted_by_mistake(string typed, string says)
    {
        var user = await fixture.UserAsync();
        using var browser = await fixture.SignedInAsync(user);

        var answer = await browser.SubmitAsync(await browser.GetAsync("/account/delete"), [("Input.Email", typed)]);

        Assert.Contains(says, answer.Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync("/account")).Status);
    }

    [Fact]
    public async Task PR_1_deleting_asks_for_a_step_up_erases_tells_the_clients_and_ends_calmly()
    {
        var user = await fixture.UserAsync("Grace");
        using var browser = await fixture.SignedInAsync(user);
        using var elsewhere = await fixture.SignedInAsync(user);
        var refresh = await ConnectAsync(user);
        await AgeAsync(user);
        Assert.Equal(
            "/confirm-identity?returnUrl=%2Faccount%2Fdelete",
            (await browser.GetAsync("/account/delete")).Location
        );
        await browser.SubmitAsync(
            await browser.GetAsync("/confirm-identity?returnUrl=%2Faccount%2Fdelete"),
            [("Input.Password", PagesFixture.Password)]
        );

        var answer = await browser.SubmitAsync(
            await browser.GetAsync("/account/delete"),
            [("Input.Email", "  " + user.Email.ToUpperInvariant() + " ")]
        );
        var end = await browser.FollowAsync(answer);

        Assert.Equal("/account-deleted", answer.Location);
        Assert.Contains("Your account has been deleted", end.Text, StringComparison.Ordinal);
        Assert.Null(browser.Cookie("__Host-identity"));
        Assert.Null(browser.Cookie("__Host-device"));
        Assert.Equal(HttpStatusCode.SeeOther, (await elsewhere.GetAsync("/account")).Status);
        Assert.IsType<GrantRedemption.Refused>(
            await fixture.Service<RefreshTokenStore>().RotateAsync(Rotation(refresh), default)
        );
        Assert.Equal(
            "user_deleted",
            await fixture.Database.ScalarAsync<string>(
                "SELECT reason FROM idp.logout_deliveries WHERE user_id = @id AND client_id = 'shop'",
                ("id", user.Id)
            )
        );
        Assert.Equal(
            0L,
            await fixture.Database.ScalarAsync<long>(
                "SELECT count(*) FROM users WHERE email = @email",
                ("email", user.Email)
            )
        );
        using var again = new PageBrowser(fixture.Host);
        Assert.Equal(HttpStatusCode.OK, (await again.SignInAsync(user.Email, PagesFixture.Password)).Status);
    }

    // A client with a family, as the code grant makes one.
    private async Task<string> ConnectAsync(UserAccount user, int rotations = 0, bool outlives = false)
    {
        await fixture
            .Service<ConsentStore>()
            .GrantAsync(
                new(user.Id, 1),
                "shop",
                ["openid", "email", "offline_access"],
                null,
                GrantScene.Request,
                default
            );
        var session =
            await fixture.Database.ScalarAsync<Guid?>(
                "SELECT id FROM sessions WHERE user_id = @id AND is_active AND client_id IS NULL LIMIT 1",
                ("id", user.Id)
            ) ?? await SessionAsync(user);
        var (codes, tokens) = (fixture.Service<AuthorizationCodeStore>(), fixture.Service<RefreshTokenStore>());
        var issued = Assert.IsType<CodeIssue.Issued>(
            await codes.IssueAsync(
                new(
                    user.Id,
                    session,
                    "shop",
                    ["openid", "email", "offline_access"],
                    PagesFixture.RedirectUri,
                    GrantScene.Challenge,
                    null,
                    GrantScene.Details(),
                    TimeSpan.FromMinutes(1),
                    false
                ),
                default
            )
        );
        var granted = Assert.IsType<GrantRedemption.Granted>(
            await codes.RedeemAsync(
                new(
                    issued.Code,
                    "shop",
                    PagesFixture.RedirectUri,
                    GrantScene.Verifier,
                    null,
                    TimeSpan.FromDays(7),
                    TimeSpan.FromDays(30),
                    Request: GrantScene.Request
                )
                {
                    OfflineAccessOutlivesSession = outlives,
                },
                default
            )
        );
        for (var i = 0; i < rotations; i++)
            granted = Assert.IsType<GrantRedemption.Granted>(
                await tokens.RotateAsync(Rotation(granted.RefreshToken!), default)
            );
        return granted.RefreshToken!;
    }

    private async Task<Guid> SessionAsync(UserAccount user)
    {
        (await fixture.SignedInAsync(user)).Dispose();
        return await fixture.Database.ScalarAsync<Guid>(
            "SELECT id FROM sessions WHERE user_id = @id AND is_active AND client_id IS NULL LIMIT 1",
            ("id", user.Id)
        );
    }

    private static RefreshRotation Rotation(string token) =>
        new(token, "shop", null, null, TimeSpan.FromDays(7), TimeSpan.FromSeconds(10), GrantScene.Request);

    private Task<int> InsertAsync(UserAccount user, string type, string status, string details, string? userAgent) =>
        fixture.Database.ExecuteAsync(
            "INSERT INTO audit_logs (user_id, event_type, event_status, ip_address, user_agent, details) VALUES (@id, "
                + "@type, @status, '203.0.113.9', nullif(@agent, ''), @details::jsonb)",
            ("id", user.Id),
            ("type", type),
            ("status", status),
            ("agent", userAgent ?? ""),
            ("details", details)
        );

    private Task<long> AuditAsync(UserAccount user, string type) =>
        fixture.Database.ScalarAsync<long>(
            "SELECT count(*) FROM audit_logs WHERE user_id = @id AND event_type = @type",
            ("id", user.Id),
            ("type", type)
        );

    private Task<int> AgeAsync(UserAccount user) =>
        fixture.Database.ExecuteAsync(
            "UPDATE sessions SET auth_time = now() - interval '10 minutes', step_up_at = NULL WHERE user_id = @id AND "
                + "is_active",
            ("id", user.Id)
        );

    [GeneratedRegex("href=\"(/account/activity\\?from=[^\"]*)\"")]
    private static partial Regex OlderLink();

    [GeneratedRegex(@"10\.9\.\d+\.\d+")]
    private static partial Regex Address();
}
