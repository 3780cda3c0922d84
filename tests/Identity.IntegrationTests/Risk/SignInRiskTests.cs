using System.Net;
using Identity.Core.Denials;
using Identity.Core.Users;
using Identity.IntegrationTests.Commands;
using Identity.IntegrationTests.Pages;
using Identity.Testing;

namespace Identity.IntegrationTests.Risk;

/// <summary>What an unusual sign-in leads to (RK-1 to RK-6).</summary>
public sealed class SignInRiskTests(RiskFixture fixture) : IClassFixture<RiskFixture>
{
    [Fact]
    public async Task RK_1_a_sign_in_from_a_new_country_brings_back_a_mailed_code_and_audit_and_explain_say_why()
    {
        var user = await fixture.ResidentAsync();

        var (browser, asked) = await fixture.TryAsync(user, RiskFixture.Abroad);
        using var _ = browser;
        Assert.Equal("/confirm-sign-in", asked.Location);
        Assert.Equal(0, await SessionsFromAsync(user, RiskFixture.Abroad));
        var page = await browser.GetAsync(asked.Location!);
        var wrong = await browser.SubmitAsync(page, [("Input.Code", "12345x")]);
        var done = await browser.SubmitAsync(page, [("Input.Code", await fixture.CodeAsync(user))]);

        Assert.Equal(HttpStatusCode.OK, wrong.Status);
        Assert.Equal("/account", done.Location);
        Assert.Equal(1, await SessionsFromAsync(user, RiskFixture.Abroad));
        const string fired = "\"signals\": [\"new_device\", \"new_network\", \"new_country\", \"impossible_speed\"]";
        var details = await fixture.DetailsAsync(user, "login");
        Assert.Contains(fired, details, StringComparison.Ordinal);
        Assert.Contains("\"score\": 100", details, StringComparison.Ordinal);
        Assert.Contains("\"email\"", details, StringComparison.Ordinal);
        Assert.Contains(fired, await fixture.DetailsAsync(user, "sign_in_risk", "pending"), StringComparison.Ordinal);
        var notice = Assert.Single(await fixture.MailsAsync(user, "unusual_sign_in"));
        Assert.Contains("Tokyo, Japan", notice.Text, StringComparison.Ordinal);
        Assert.Contains("A country you haven’t signed in from lately", notice.Text, StringComparison.Ordinal);
        Assert.Empty(await fixture.MailsAsync(user, "new_device"));
        var id = asked.Header("X-Correlation-Id")!;
        var explained = await ExplainAsync(id);
        Assert.Equal(
            (
                "second_factor_required",
                "100: new_device (20), new_network (10), new_country (30), impossible_speed (40)"
            ),
            (explained.Error, explained.Received)
        );
        var told = await IdentityProcess.RunAsync(
            fixture.Folder,
            CommandLineTests.Settings(fixture.Pages.Database),
            null,
            "explain",
            id
        );
        Assert.Contains("new_country (30)", told.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RK_2_a_trusted_browser_shows_its_second_factor_where_the_sign_in_is_unusual_and_is_never_refused()
    {
        var user = await fixture.Pages.UserAsync("Ada");
        using var home = await fixture.Pages.SignedInAsync(user);
        var enrolled = await TwoFactorFixture.EnrolAsync(home, user);
        using PageBrowser abroad = new(fixture.Host, RiskFixture.Listed);
        await abroad.SignInAsync(user.Email, PagesFixture.Password);
        var trusted = await abroad.SubmitAsync(
            await abroad.GetAsync("/two-factor?recovery=true"),
            [("Input.RecoveryCode", enrolled.RecoveryCodes[0]), ("Input.Remember", "true")]
        );
        await fixture.Pages.Database.ExecuteAsync(
            "DELETE FROM sessions WHERE user_id = @id AND ip_address = @ip",
            ("id", user.Id),
            ("ip", RiskFixture.Listed)
        );

        // The password comes from the same browser, which is new to the account as far as its sessions tell.
        var again = await abroad.SignInAsync(user.Email, PagesFixture.Password);
        var done = await abroad.SubmitAsync(
            await abroad.GetAsync("/two-factor?recovery=true"),
            [("Input.RecoveryCode", enrolled.RecoveryCodes[1])]
        );

        Assert.Equal("/account", trusted.Location);
        Assert.Equal("/two-factor", again.Location);
        Assert.Equal("/account", done.Location);
        Assert.Contains("listed_network", await fixture.DetailsAsync(user, "login"), StringComparison.Ordinal);
        Assert.Empty(await fixture.MailsAsync(user, "sign_in_refused"));
    }

    [Fact]
    public async Task RK_3_a_refused_sign_in_answers_as_a_wrong_password_and_its_owner_is_told()
    {
        var user = await fixture.ResidentAsync();
        using PageBrowser guess = new(fixture.Host, RiskFixture.Home);
        var wrong = await guess.SignInAsync(user.Email, "Not-the-password-7");

        var (browser, refused) = await fixture.TryAsync(user, RiskFixture.Listed);
        using var _ = browser;

        Assert.Equal((wrong.Status, Said(wrong)), (refused.Status, Said(refused)));
        Assert.Equal(0, await SessionsFromAsync(user, RiskFixture.Listed));
        var notice = Assert.Single(await fixture.MailsAsync(user, "sign_in_refused"));
        Assert.Contains("someone knows your password", notice.Text, StringComparison.Ordinal);
        Assert.Contains(
            "listed_network",
            await fixture.DetailsAsync(user, "sign_in_risk", "blocked"),
            StringComparison.Ordinal
        );
        Assert.Equal("sign_in_refused", (await ExplainAsync(refused.Header("X-Correlation-Id")!)).Error);
        using var home = await fixture.Pages.SignedInAsync(user);
    }

    [Fact]
    public async Task RK_3_a_refused_right_password_pauses_attempts_after_as_many_tries_as_a_wrong_one()
    {
        var (right, wrong) = (await fixture.ResidentAsync(), await fixture.ResidentAsync());

        var refused = await TriesAsync(right, PagesFixture.Password, IPAddress.Parse("127.9.0.2"));
        var failed = await TriesAsync(wrong, "Not-the-password-7", IPAddress.Parse("127.9.0.3"));

        Assert.Equal(failed, refused);
        Assert.NotEqual(refused[3], refused[4]);
        Assert.Equal(0, await SessionsFromAsync(right, IPAddress.Parse("127.9.0.2")));
    }

    private async Task<List<string>> TriesAsync(UserAccount user, string password, IPAddress from)
    {
        List<string> said = [];
        for (var i = 0; i < 6; i++)
        {
            using PageBrowser browser = new(fixture.Host, from);
            var answer = await browser.SignInAsync(user.Email, password);
            said.Add(answer.Status + Said(answer));
        }
        return said;
    }

    [Fact]
    public async Task RK_4_a_new_device_in_a_new_network_is_a_notice_and_the_usual_place_is_nothing()
    {
        var user = await fixture.ResidentAsync();

        var (cafe, noticed) = await fixture.TryAsync(user, RiskFixture.Cafe);
        cafe.Dispose();
        var (home, usual) = await fixture.TryAsync(user, RiskFixture.Home);
        home.Dispose();

        Assert.Equal(("/account", "/account"), (noticed.Location, usual.Location));
        Assert.Contains(
            "Berlin, Germany",
            Assert.Single(await fixture.MailsAsync(user, "unusual_sign_in")).Text,
            StringComparison.Ordinal
        );
        // The last sign-in came with a new device from the usual network.
        Assert.Single(await fixture.MailsAsync(user, "new_device"));
        Assert.Contains(
            "\"signals\": [\"new_device\"]",
            await fixture.DetailsAsync(user, "login"),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task RK_4_a_known_device_in_a_new_country_and_an_impossible_speed_are_notices_with_the_place()
    {
        var user = await fixture.Pages.UserAsync("Ada");
        using var home = await fixture.Pages.SignedInAsync(user);
        // From Berlin to Tokyo in twenty hours is an ordinary flight.
        await fixture.Pages.Database.ExecuteAsync(
            "UPDATE sessions SET auth_time = auth_time - interval '20 hours' WHERE user_id = @id",
            ("id", user.Id)
        );

        var landed = await ElsewhereAsync(home, user, RiskFixture.Abroad);
        var country = await fixture.DetailsAsync(user, "login");
        var back = await ElsewhereAsync(home, user, RiskFixture.Cafe);
        var speed = await fixture.DetailsAsync(user, "login");

        Assert.Equal(("/account", "/account"), (landed.Location, back.Location));
        Assert.Contains("\"signals\": [\"new_network\", \"new_country\"]", country, StringComparison.Ordinal);
        Assert.Contains("\"signals\": [\"new_network\", \"impossible_speed\"]", speed, StringComparison.Ordinal);
        var notices = await fixture.MailsAsync(user, "unusual_sign_in");
        Assert.Equal(2, notices.Count);
        Assert.Contains("Tokyo, Japan", notices[1].Text, StringComparison.Ordinal);
        Assert.Contains("too far away for the time", notices[0].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RK_5_of_twenty_posts_of_one_mailed_code_one_signs_in_and_a_second_code_voids_the_first()
    {
        var user = await fixture.ResidentAsync();
        var (browser, asked) = await fixture.TryAsync(user, RiskFixture.Abroad);
        using var _ = browser;
        var first = await fixture.CodeAsync(user);
        var page = await browser.GetAsync(asked.Location!);
        var again = await browser.SubmitAsync(page, [], "handler=Again");
        var second = await fixture.CodeAsync(user);
        if (first != second)
            Assert.Equal(HttpStatusCode.OK, (await browser.SubmitAsync(page, [("Input.Code", first)])).Status);

        var answers = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(_ => browser.SubmitAsync(page, [("Input.Code", second)]))
        );

        Assert.Equal("/confirm-sign-in?sent", again.Location);
        Assert.Equal(1, await SessionsFromAsync(user, RiskFixture.Abroad));
        Assert.Single(
            answers,
            static answer =>
                answer.Headers.TryGetValue("Set-Cookie", out var cookies)
                && cookies.Any(static cookie => cookie.StartsWith("__Host-identity=", StringComparison.Ordinal))
        );
    }

    [Theory]
    [InlineData("en", "Check your email", "ltr")]
    [InlineData("de", "Sehen Sie in Ihre E\u2011Mails", "ltr")]
    [InlineData("fr", "Consultez vos e\u2011mails", "ltr")]
    [InlineData("ar", "تحقق من بريدك الإلكتروني", "rtl")]
    public async Task The_page_for_the_code_is_small_and_speaks_each_language(
        string language,
        string title,
        string direction
    )
    {
        var user = await fixture.ResidentAsync();
        var (browser, asked) = await fixture.TryAsync(user, RiskFixture.Abroad);
        using var _ = browser;

        var page = await browser.GetAsync(asked.Location!, language);

        Assert.Contains($"<h1>{title}</h1>", page.Html, StringComparison.Ordinal);
        Assert.Contains($"dir=\"{direction}\"", page.Html, StringComparison.Ordinal);
        Assert.Contains(user.Email, page.Html, StringComparison.Ordinal);
        Assert.True(System.Text.Encoding.UTF8.GetByteCount(page.Html) < 50 * 1024);
    }

    [Fact]
    public async Task RK_6_judging_a_sign_in_takes_one_command_and_none_where_it_is_off()
    {
        Dictionary<string, string?> settings = new(fixture.Settings) { ["Identity:Risk:Enabled"] = "false" };
        await using var off = await IdentityHost.StartAsync(fixture.Pages.Database, settings);

        var (judged, unjudged) = (await CommandsAsync(fixture.Host), await CommandsAsync(off));

        Assert.Equal(unjudged + 1, judged);
    }

    private async Task<int> CommandsAsync(IdentityHost host)
    {
        var user = await fixture.Pages.UserAsync("Ada");
        using PageBrowser browser = new(host);
        var form = (await browser.GetAsync("/sign-in")).MainForm;
        using HttpRequestMessage request = new(HttpMethod.Post, "/sign-in")
        {
            Content = new FormUrlEncodedContent([
                .. form
                    .Fields.Where(static field => field.Name == "__RequestVerificationToken")
                    .Select(static field => KeyValuePair.Create(field.Name, field.Value)),
                new("Input.Email", user.Email),
                new("Input.Password", PagesFixture.Password),
            ]),
        };
        var (answer, commands) = await host.SendCountedAsync(browser.Client, request);
        using (answer)
            Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
        return commands;
    }

    // The same browser, carried to another place.
    private async Task<VisitedPage> ElsewhereAsync(PageBrowser home, UserAccount user, IPAddress from)
    {
        using PageBrowser carried = new(fixture.Host, from);
        carried.UseCookie("__Host-device", home.Cookie("__Host-device")!);
        return await carried.SignInAsync(user.Email, PagesFixture.Password);
    }

    private static string Said(VisitedPage page) =>
        page.Html[page.Html.IndexOf("class=\"problems\"", StringComparison.Ordinal)..][..200];

    private Task<long> SessionsFromAsync(UserAccount user, IPAddress address) =>
        fixture.Pages.Database.ScalarAsync<long>(
            "SELECT count(*) FROM sessions WHERE user_id = @id AND ip_address = @ip",
            ("id", user.Id),
            ("ip", address)
        );

    private Task<DeniedRequest> ExplainAsync(string id) => RiskFixture.DenialAsync(fixture.Pages, id);
}
