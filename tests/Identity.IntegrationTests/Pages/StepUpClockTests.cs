using Identity.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Identity.IntegrationTests.Pages;

public sealed class StepUpClockTests(PagesFixture fixture) : IClassFixture<PagesFixture>
{
    [Theory]
    [InlineData(10)]
    [InlineData(-10)]
    public async Task SE_10_the_age_of_a_proof_is_reckoned_by_the_database_whatever_the_clock_of_the_host_says(
        int minutes
    )
    {
        await using var host = await IdentityHost.StartAsync(
            fixture.Database,
            replace: services =>
                services.AddSingleton<TimeProvider>(new Rooms.TestClock { Offset = TimeSpan.FromMinutes(minutes) })
        );
        var user = await fixture.UserAsync();
        using var browser = new PageBrowser(host);
        await browser.SignInAsync(user.Email, PagesFixture.Password);

        var fresh = await browser.GetAsync("/account/two-factor/set-up");
        await fixture.Database.ExecuteAsync(
            "UPDATE sessions SET auth_time = now() - interval '6 minutes', step_up_at = NULL WHERE user_id = @id",
            ("id", user.Id)
        );
        var old = await browser.GetAsync("/account/two-factor/set-up");

        Assert.Null(fresh.Location);
        Assert.StartsWith("/confirm-identity", old.Location, StringComparison.Ordinal);
    }
}
