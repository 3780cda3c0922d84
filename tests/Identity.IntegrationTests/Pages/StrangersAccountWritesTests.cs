using System.Net;
using Identity.Core.Maintenance;
using Identity.Core.Throttling;
using Identity.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Identity.IntegrationTests.Pages;

/// <summary>What somebody without an account can make the database keep by the pages, measured:
/// docs/strangers-writes.md. Most of a long allowance is used up beforehand, so that its last attempts are counted and
/// not three hundred hashes made.</summary>
public sealed class StrangersAccountWritesTests : IAsyncLifetime
{
    private TestDatabase _database = null!;
    private ConfiguredProvider _provider = null!;

    public async Task InitializeAsync()
    {
        _database = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
        _provider = await ConfiguredProvider.StartAsync(
            _database,
            new Dictionary<string, string?>
            {
                ["Identity:Proxies:Addresses:0"] = "127.0.0.1",
                ["Identity:Maintenance:Enabled"] = "false",
            }
        );
    }

    public async Task DisposeAsync()
    {
        await _provider.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task One_address_makes_sixty_accounts_that_nobody_has_proved_and_then_waits()
    {
        const string Rows = "SELECT count(*) FROM users WHERE NOT email_verified";
        using var browser = Browser("203.0.113.20");
        var form = await browser.GetAsync("/register");
        await UseUpAsync("mail_request", "203.0.113.20", 54);

        var statuses = await TogetherAsync(20, () => RegisterAsync(browser, form));
        using var other = Browser("198.51.100.20");
        var elsewhere = await RegisterAsync(other, await other.GetAsync("/register"));

        Assert.Equal(6, statuses.Count(static status => status == HttpStatusCode.SeeOther));
        Assert.Equal(14, statuses.Count(static status => status == HttpStatusCode.TooManyRequests));
        Assert.Equal(HttpStatusCode.SeeOther, elsewhere);
        Assert.Equal(7L, await _database.ScalarAsync<long>(Rows));
        Assert.Equal(7L, await _database.ScalarAsync<long>("SELECT count(*) FROM idp.mail_outbox"));
    }

    [Fact]
    public async Task One_address_leaves_three_hundred_rows_of_failed_sign_ins_and_then_waits()
    {
        const string Rows = "SELECT count(*) FROM audit_logs WHERE event_type LIKE 'login%'";
        using var browser = Browser("203.0.113.21");
        var form = await browser.GetAsync("/sign-in");
        await UseUpAsync("sign_in_address", "203.0.113.21", 294);

        var statuses = await TogetherAsync(
            20,
            async () => (await FailAsync(browser, form, $"{Guid.NewGuid():N}@example.org")).Status
        );

        Assert.Equal(14, statuses.Count(static status => status == HttpStatusCode.TooManyRequests));
        Assert.InRange(await _database.ScalarAsync<long>(Rows), 6, 7);
        Assert.InRange(
            await _database.ScalarAsync<long>("SELECT max(pg_column_size(l.*))::bigint FROM audit_logs l"),
            1,
            1024
        );
    }

    [Fact]
    public async Task One_address_begins_six_hundred_ceremonies_of_a_passkey_which_are_gone_after_five_minutes()
    {
        using var browser = Browser("203.0.113.22");
        var form = await browser.GetAsync("/sign-in");
        await UseUpAsync("passkey_ceremony", "203.0.113.22", 590);

        var statuses = await TogetherAsync(30, () => BeginCeremonyAsync(browser, form));
        var kept = await CeremoniesAsync();
        var size = await _database.ScalarAsync<long>(
            "SELECT max(octet_length(state_protected))::bigint FROM idp.passkey_ceremonies"
        );
        await _database.ExecuteAsync("UPDATE idp.passkey_ceremonies SET expires_at = now() - interval '1 second'");
        await _provider.Host.Services.GetRequiredService<MaintenanceJobs>().RunAsync("recovery", default);

        Assert.Equal(20, statuses.Count(static status => status == HttpStatusCode.TooManyRequests));
        Assert.Equal(10L, kept);
        Assert.InRange(size, 1, 1024);
        Assert.Equal(0L, await CeremoniesAsync());
    }

    [Fact]
    public async Task A_pending_sign_in_is_kept_for_a_right_password_only_and_for_five_minutes()
    {
        const string Rows = "SELECT count(*) FROM idp.login_challenges";
        var email = (await _provider.AddUserAsync()).Email;
        await _database.ExecuteAsync("UPDATE users SET two_factor_enabled = true");
        using var browser = Browser("203.0.113.23");
        var form = await browser.GetAsync("/sign-in");

        for (var i = 0; i < 4; i++)
            await FailAsync(browser, form, email);
        var afterFailures = await _database.ScalarAsync<long>(Rows);
        var right = await browser.SubmitAsync(
            form,
            [("Input.Email", email), ("Input.Password", ConfiguredProvider.Password)]
        );
        var afterSuccess = await _database.ScalarAsync<long>(Rows);
        await _database.ExecuteAsync("UPDATE idp.login_challenges SET expires_at = expires_at - interval '5 minutes'");
        await _provider.Host.Services.GetRequiredService<MaintenanceJobs>().RunAsync("recovery", default);

        Assert.StartsWith("/two-factor", right.Location, StringComparison.Ordinal);
        Assert.Equal((0L, 1L, 0L), (afterFailures, afterSuccess, await _database.ScalarAsync<long>(Rows)));
    }

    private PageBrowser Browser(string address)
    {
        PageBrowser browser = new(_provider.Host);
        browser.Client.DefaultRequestHeaders.Add("X-Forwarded-For", address);
        return browser;
    }

    private async Task UseUpAsync(string kind, string address, int attempts)
    {
        var limiter = _provider.Host.Services.GetRequiredService<AttemptLimiter>();
        await _database.ExecuteAsync(
            "INSERT INTO idp.throttle_counters (key, count, window_ends_at) "
                + "VALUES (@key, @count, now() + interval '5 minutes')",
            ("key", limiter.Key(kind, IPAddress.Parse(address)).Value),
            ("count", attempts)
        );
    }

    private static async Task<HttpStatusCode[]> TogetherAsync(int count, Func<Task<HttpStatusCode>> send) =>
        await Task.WhenAll(Enumerable.Range(0, count).Select(_ => send()));

    private static async Task<HttpStatusCode> RegisterAsync(PageBrowser browser, VisitedPage form) =>
        (
            await browser.SubmitAsync(
                form,
                [("Input.Email", $"{Guid.NewGuid():N}@example.org"), ("Input.NewPassword", "Quite-Another-7-password")]
            )
        ).Status;

    private static Task<VisitedPage> FailAsync(PageBrowser browser, VisitedPage form, string email) =>
        browser.SubmitAsync(form, [("Input.Email", email), ("Input.Password", "wrong-password-7")]);

    private static async Task<HttpStatusCode> BeginCeremonyAsync(PageBrowser browser, VisitedPage form)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, "/sign-in?handler=PasskeyOptions")
        {
            Content = new FormUrlEncodedContent([
                new(
                    "__RequestVerificationToken",
                    form.MainForm.Fields.Single(static field => field.Name == "__RequestVerificationToken").Value
                ),
            ]),
        };
        using var answer = await browser.Client.SendAsync(request);
        return answer.StatusCode;
    }

    private Task<long> CeremoniesAsync() => _database.ScalarAsync<long>("SELECT count(*) FROM idp.passkey_ceremonies");
}
