using Identity.Core.Users;
using Identity.Testing;

namespace Identity.IntegrationTests.Pages;

/// <summary>Times are told in the zone of the profile, else of the browser, else in UTC, and the page says
/// which.</summary>
public sealed class TimeZoneTests(PagesFixture fixture) : IClassFixture<PagesFixture>
{
    private const string Cookie = "__Host-zone";

    [Theory]
    [InlineData(null, null, "1 June 2026 at 22:30", "Times are in UTC.")]
    [InlineData(null, "Asia/Tokyo", "2 June 2026 at 07:30", "Asia/Tokyo")]
    [InlineData("America/New_York", "Asia/Tokyo", "1 June 2026 at 18:30", "America/New_York")]
    [InlineData("Mars/Olympus", "Asia/Tokyo", "2 June 2026 at 07:30", "Asia/Tokyo")]
    [InlineData(null, "../../etc/passwd", "1 June 2026 at 22:30", "Times are in UTC.")]
    [InlineData(null, "%00", "1 June 2026 at 22:30", "Times are in UTC.")]
    public async Task The_activity_is_told_in_the_zone_of_the_person(
        string? profile,
        string? cookie,
        string told,
        string zone
    )
    {
        var user = await fixture.UserAsync();
        await fixture.Database.ExecuteAsync(
            "UPDATE public.users SET zoneinfo = @zone WHERE id = @id",
            ("id", user.Id),
            ("zone", (object?)profile ?? DBNull.Value)
        );
        await fixture.Database.ExecuteAsync(
            "INSERT INTO public.audit_logs (user_id, event_type, event_status, created_at) "
                + "VALUES (@id, 'login', 'success', '2026-06-01 22:30:00+00')",
            ("id", user.Id)
        );
        using var browser = await fixture.SignedInAsync(user);
        if (cookie is not null)
            browser.UseCookie(Cookie, cookie);

        var page = await browser.GetAsync("/account/activity");

        Assert.Contains(told, page.Text, StringComparison.Ordinal);
        Assert.Contains(zone, page.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_zone_is_chosen_in_the_profile_and_taken_back_there()
    {
        var user = await fixture.UserAsync();
        using var browser = await fixture.SignedInAsync(user);

        var chosen = await SaveAsync(browser, "Europe/Berlin");
        var kept = (await fixture.Service<UserStore>().FindAsync(user.Id, default))?.Zoneinfo;
        var refused = await SaveAsync(browser, "Europe/Atlantis");
        await SaveAsync(browser, "");
        var taken = (await fixture.Service<UserStore>().FindAsync(user.Id, default))?.Zoneinfo;

        Assert.Equal("/account/profile?done", chosen.Location);
        Assert.Equal("Europe/Berlin", kept);
        Assert.Contains("Choose a time zone from the list.", refused.Text, StringComparison.Ordinal);
        Assert.Null(taken);
    }

    private static async Task<VisitedPage> SaveAsync(PageBrowser browser, string zone) =>
        await browser.SubmitAsync(await browser.GetAsync("/account/profile"), [("Input.Zone", zone)]);
}
