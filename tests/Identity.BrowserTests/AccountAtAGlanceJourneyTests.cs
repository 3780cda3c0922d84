using Identity.Testing;
using Microsoft.Playwright;

namespace Identity.BrowserTests;

/// <summary>Finding one's way in the account: the menu of a phone, local times, and the next step.</summary>
public sealed class AccountAtAGlanceJourneyTests(Journey journey) : IClassFixture<Journey>
{
    private static readonly BrowserNewContextOptions PhoneWithoutScript = new()
    {
        JavaScriptEnabled = false,
        ViewportSize = new() { Width = 360, Height = 640 },
    };

    [Fact]
    public Task The_menu_of_a_phone_shows_where_one_is_and_opens_to_every_entry_without_script() =>
        journey.GoAsync(
            async page =>
            {
                var user = await journey.Provider.AddUserAsync();
                await journey.SignInAtAccountAsync(page, user.Email);
                await page.GotoAsync(journey.At("/account/two-factor/set-up"));
                var menu = page.Locator("nav summary");
                var entries = page.Locator(".account nav li a");
                await Assertions.Expect(menu).ToContainTextAsync("Two-step sign-in");
                await Assertions.Expect(entries.First).ToBeHiddenAsync();

                await menu.ClickAsync();

                var count = await entries.CountAsync();
                Assert.True(count >= 11, $"{count} entries");
                for (var i = 0; i < count; i++)
                {
                    await Assertions.Expect(entries.Nth(i)).ToBeVisibleAsync();
                    var box = (await entries.Nth(i).BoundingBoxAsync())!;
                    Assert.InRange(box.X + box.Width, 1, 360);
                }
                await Assertions.Expect(page.Locator("nav a[aria-current]")).ToHaveTextAsync("Two-step sign-in");
                await entries.Filter(new() { HasText = "Devices" }).ClickAsync();
                await page.ArriveAsync(journey.At("/account/sessions"));
                await Assertions.Expect(menu).ToContainTextAsync("Devices");
            },
            PhoneWithoutScript
        );

    [Fact]
    public Task At_a_desk_every_entry_is_in_sight() =>
        journey.GoAsync(async page =>
        {
            var user = await journey.Provider.AddUserAsync();
            await journey.SignInAtAccountAsync(page, user.Email);

            await Assertions.Expect(page.Locator("nav summary")).ToBeHiddenAsync();
            await Assertions.Expect(page.Locator(".account nav li a").Last).ToBeVisibleAsync();
        });

    [Fact]
    public Task Times_are_those_of_the_place_where_the_browser_is() =>
        journey.GoAsync(
            async page =>
            {
                var user = await journey.Provider.AddUserAsync();
                await journey.Database.ExecuteAsync(
                    "INSERT INTO audit_logs (user_id, event_type, event_status, created_at) "
                        + "VALUES (@id, 'login', 'success', '2026-06-01 22:30:00+00')",
                    ("id", user.Id)
                );
                await journey.SignInAtAccountAsync(page, user.Email);
                await page.GotoAsync(journey.At("/account/activity"));

                await Assertions.Expect(page.Locator("#zone")).ToContainTextAsync("Asia/Tokyo");
                await Assertions.Expect(page.Locator(".happenings time").Last).ToHaveTextAsync("2 June 2026 at 07:30");
            },
            new() { TimezoneId = "Asia/Tokyo" }
        );

    [Fact]
    public Task Without_script_times_are_in_UTC_and_the_page_says_so() =>
        journey.GoAsync(
            async page =>
            {
                var user = await journey.Provider.AddUserAsync();
                await journey.SignInAtAccountAsync(page, user.Email);
                await page.GotoAsync(journey.At("/account/activity"));

                await Assertions.Expect(page.Locator("#zone")).ToContainTextAsync("Times are in UTC.");
            },
            new() { JavaScriptEnabled = false, TimezoneId = "Asia/Tokyo" }
        );

    [Fact]
    public Task The_check_up_leads_to_its_next_step_and_then_to_another() =>
        journey.GoAsync(async page =>
        {
            var user = await journey.Provider.AddUserAsync();
            await journey.SignInAtAccountAsync(page, user.Email);
            await Assertions.Expect(page.Locator("#next h3")).ToHaveTextAsync("Turn on two-step sign-in");
            await page.Locator("#next a.main").ClickAsync();
            await page.ArriveAsync(journey.At("/account/two-factor/set-up"));
            var key = OtpNet.Base32Encoding.ToBytes(
                (await page.Locator("#key").InnerTextAsync()).Replace(" ", "", StringComparison.Ordinal)
            );
            await page.Locator("input[autocomplete='one-time-code']").FillAsync(new OtpNet.Totp(key).ComputeTotp());
            await page.GetByRole(AriaRole.Button, new() { Name = "Turn on" }).ClickAsync();
            await Assertions.Expect(page.Locator(".codes li")).ToHaveCountAsync(10);

            await page.GotoAsync(journey.At("/account"));

            await Assertions.Expect(page.Locator("#next h3")).ToHaveTextAsync("Add a passkey");
            await Assertions.Expect(page.Locator(".checks")).ToContainTextAsync("10 left");
            Assert.Empty(await Looks.FindingsAsync(page));
        });
}
