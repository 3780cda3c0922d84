using Identity.Core.Data;
using Identity.Core.Users;
using Identity.Testing;

namespace Identity.IntegrationTests.Pages;

/// <summary>The first page of the account: a security check-up with one next step.</summary>
public sealed class OverviewTests(PagesFixture fixture) : IClassFixture<PagesFixture>
{
    [Fact]
    public async Task The_check_up_shows_what_protects_the_account_and_one_next_step()
    {
        var user = await fixture.UserAsync("Ada");
        using var browser = await fixture.SignedInAsync(user);

        var page = await browser.GetAsync("/account");

        Assert.Contains("Turn on two-step sign-in", page.Text, StringComparison.Ordinal);
        Assert.Contains("Email address Confirmed", page.Text.Replace("OK: ", "", StringComparison.Ordinal));
        Assert.Contains("This device only", page.Text, StringComparison.Ordinal);
        Assert.Contains("No recent alerts", page.Text, StringComparison.Ordinal);
        Assert.Single(System.Text.RegularExpressions.Regex.Matches(page.Html, "id=\"next\""));
    }

    [Fact]
    public async Task Few_recovery_codes_come_before_a_passkey_and_the_last_alert_is_named()
    {
        var user = await fixture.UserAsync("Ada");
        using var browser = await fixture.SignedInAsync(user);
        await fixture.Database.ExecuteAsync(
            "UPDATE public.users SET two_factor_enabled = true WHERE id = @id",
            ("id", user.Id)
        );
        await fixture.Database.ExecuteAsync(
            "INSERT INTO idp.recovery_codes (user_id, set_id, number, code_hash) "
                + "SELECT @id, gen_random_uuid(), n, decode(repeat('00', 32), 'hex') FROM generate_series(1, 2) n",
            ("id", user.Id)
        );
        await fixture.Database.ExecuteAsync(
            "INSERT INTO public.audit_logs (user_id, event_type, event_status) VALUES (@id, 'token_reuse', 'blocked')",
            ("id", user.Id)
        );

        var page = await browser.GetAsync("/account");

        Assert.Contains("Get new recovery codes", page.Text, StringComparison.Ordinal);
        Assert.Contains("2 left", page.Text, StringComparison.Ordinal);
        Assert.Contains("An app’s access was ended because an old key was used again", page.Text);
    }

    [Fact]
    public async Task The_security_of_an_account_is_read_in_one_command()
    {
        var user = await fixture.UserAsync("Ada");
        using var counter = SqlCommandCounter.Start();

        var status = await fixture.Service<SecurityStatusReader>().ReadAsync(user.Id, default);

        Assert.Equal(new SecurityStatus(0, 0, 0, 0, null), status);
        Assert.Equal(1, counter.Commands);
    }

    [Fact]
    public async Task An_account_that_is_gone_has_no_status() =>
        Assert.Null(await fixture.Service<SecurityStatusReader>().ReadAsync(Guid.NewGuid(), default));
}
