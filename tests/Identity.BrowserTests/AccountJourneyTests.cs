using System.Text.Json;
using System.Text.RegularExpressions;
using Identity.Testing;
using Microsoft.Playwright;
using OtpNet;

namespace Identity.BrowserTests;

/// <summary>What people do in their account.</summary>
public sealed class AccountJourneyTests(Journey journey) : IClassFixture<Journey>
{
    [Fact]
    public Task A_recovery_code_opens_the_account_and_a_remembered_browser_is_not_asked_again() =>
        journey.GoAsync(async page =>
        {
            var user = await journey.Provider.AddUserAsync();
            await journey.SignInAtAccountAsync(page, user.Email);
            await page.GotoAsync(journey.At("/account/two-factor/set-up"));
            var key = Base32Encoding.ToBytes(
                (await page.Locator("#key").InnerTextAsync()).Replace(" ", "", StringComparison.Ordinal)
            );
            await page.Locator("input[autocomplete='one-time-code']").FillAsync(new Totp(key).ComputeTotp());
            await page.GetByRole(AriaRole.Button, new() { Name = "Turn on" }).ClickAsync();
            var code = await page.Locator(".codes code").First.InnerTextAsync();

            await SignOutAsync(page);
            await page.GotoAsync(journey.At("/sign-in"));
            await Journey.SignInAsync(page, user.Email);
            await page.Locator("main a[href*='recovery']").ClickAsync();
            await page.Locator("#Input_RecoveryCode").FillAsync(code);
            await page.Locator("#Input_Remember").CheckAsync();
            await page.GetByRole(AriaRole.Button, new() { Name = "Continue" }).ClickAsync();
            await page.ArriveAsync(journey.At("/account"));

            await SignOutAsync(page);
            await journey.SignInAtAccountAsync(page, user.Email);
            await page.GotoAsync(journey.At("/account/two-factor"));
            await Assertions.Expect(page.Locator(".devices .badge")).ToHaveTextAsync("This device");
            await Assertions.Expect(page.Locator(".devices > li")).ToHaveCountAsync(1);
            await Assertions
                .Expect(page.GetByText("Codes left: 9").Or(page.Locator("#recovery ~ p").First))
                .ToContainTextAsync("9");
        });

    [Fact]
    public Task An_access_token_is_made_copied_once_and_revoked() =>
        journey.GoAsync(async page =>
        {
            var user = await journey.Provider.AddUserAsync();
            await journey.SignInAtAccountAsync(page, user.Email);
            await page.Locator("nav a[href='/account/tokens']").ClickAsync();
            await page.Locator("#Input_Name").FillAsync("Backup script");
            await page.GetByRole(AriaRole.Checkbox).First.CheckAsync();
            await page.GetByRole(AriaRole.Button, new() { Name = "Create token" }).ClickAsync();
            await Assertions.Expect(page.Locator("textarea")).ToHaveValueAsync(new Regex("^idp_pat_[0-9A-Za-z]{49}$"));
            await Assertions.Expect(page.Locator(".devices h2")).ToHaveTextAsync("Backup script");

            await page.ReloadAsync();
            await Assertions.Expect(page.Locator("textarea")).ToHaveCountAsync(0);
            await page.GetByRole(AriaRole.Button, new() { Name = "Revoke Backup script" }).ClickAsync();

            await Assertions.Expect(page.Locator(".done")).ToContainTextAsync("It no longer works");
            await Assertions.Expect(page.Locator(".devices > li")).ToHaveCountAsync(0);
        });

    [Fact]
    public Task Another_device_is_signed_out_from_the_list() =>
        journey.GoAsync(async page =>
        {
            var user = await journey.Provider.AddUserAsync();
            await journey.SignInAtAccountAsync(page, user.Email);
            await journey.GoAsync(async other =>
            {
                await journey.SignInAtAccountAsync(other, user.Email);
                await page.GotoAsync(journey.At("/account/sessions"));
                await Assertions.Expect(page.Locator(".devices > li")).ToHaveCountAsync(2);
                await page.GetByRole(AriaRole.Button, new() { NameRegex = new("^Sign out .+, last used ") })
                    .Nth(1)
                    .ClickAsync();
                await Assertions.Expect(page.Locator(".devices > li")).ToHaveCountAsync(1);

                await other.GotoAsync(journey.At("/account"));
                await Assertions.Expect(other.Locator("input[autocomplete~='current-password']")).ToBeVisibleAsync();
            });
            await page.GotoAsync(journey.At("/account"));
            await Assertions.Expect(page.Locator("h1")).ToContainTextAsync("Hello");
        });

    [Fact]
    public Task A_connected_app_shows_its_keys_as_a_picture_and_is_out_once_withdrawn() =>
        journey.GoAsync(async page =>
        {
            var user = await journey.Provider.AddUserAsync();
            await journey.SignInAtWebAppAsync(page, user.Email);
            await page.GotoAsync(journey.AtWebApp("/Refresh"));
            await page.GetByRole(AriaRole.Button, new() { Name = "Refresh now" }).ClickAsync();
            await Assertions.Expect(page.Locator("#after")).ToBeVisibleAsync();

            await page.GotoAsync(journey.At("/account/apps"));
            await Assertions
                .Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Sample web app" }))
                .ToBeVisibleAsync();
            await page.Locator("main details summary").ClickAsync();
            await Assertions
                .Expect(page.GetByRole(AriaRole.Img, new() { Name = "Keys for Sample web app" }))
                .ToBeVisibleAsync();
            await Assertions.Expect(page.Locator("svg.family circle")).ToHaveCountAsync(2);
            Assert.Empty(await Looks.FindingsAsync(page));
            await page.GetByRole(AriaRole.Button, new() { Name = "Remove access: Sample web app" }).ClickAsync();

            await Assertions
                .Expect(page.Locator(".done"))
                .ToHaveTextAsync("Sample web app can no longer use your account.");
            Assert.Equal(
                0L,
                await journey.Database.ScalarAsync<long>(
                    "SELECT count(*) FROM idp.token_families WHERE user_id = @id AND revoked_at IS NULL",
                    ("id", user.Id)
                )
            );
            Assert.Equal(
                1L,
                await journey.Database.ScalarAsync<long>(
                    "SELECT count(*) FROM idp.logout_deliveries WHERE user_id = @id AND client_id = 'webapp'",
                    ("id", user.Id)
                )
            );
        });

    [Fact]
    public Task A_person_reads_what_happened_proves_themselves_saves_a_copy_and_leaves_for_good() =>
        journey.GoAsync(async page =>
        {
            var user = await journey.Provider.AddUserAsync();
            await journey.SignInAtAccountAsync(page, user.Email);
            await page.GetByRole(AriaRole.Link, new() { Name = "Recent activity" }).ClickAsync();
            await Assertions.Expect(page.Locator(".happenings li").First).ToContainTextAsync("Sign-in");
            await Assertions.Expect(page.Locator(".happenings li").First).ToContainTextAsync("Chrome on Linux");

            await journey.Database.ExecuteAsync(
                "UPDATE sessions SET auth_time = now() - interval '10 minutes', step_up_at = NULL WHERE user_id = @id",
                ("id", user.Id)
            );
            await page.GetByRole(AriaRole.Link, new() { Name = "Your data" }).ClickAsync();
            await page.ArriveAsync(address => address.Contains("/confirm-identity", StringComparison.Ordinal));
            await page.Locator("input[autocomplete~='current-password']").FillAsync(ConfiguredProvider.Password);
            await page.Locator("main form").Locator(Journey.Sends).First.ClickAsync();
            await page.ArriveAsync(journey.At("/account/export"));
            var download = await page.RunAndWaitForDownloadAsync(() =>
                page.GetByRole(AriaRole.Button, new() { Name = "Download a copy" }).ClickAsync()
            );
            using var copy = JsonDocument.Parse(await File.ReadAllTextAsync(await download.PathAsync()));
            Assert.Equal(user.Email, copy.RootElement.GetProperty("account").GetProperty("email").GetString());

            await page.GotoAsync(journey.At("/account/delete"));
            await page.GetByRole(AriaRole.Button, new() { Name = "Delete my account" }).ClickAsync();
            await Assertions.Expect(page.Locator(".field.wrong .error")).ToHaveTextAsync("Enter your email address.");
            await page.Locator("#Input_Email").FillAsync(user.Email);
            await page.GetByRole(AriaRole.Button, new() { Name = "Delete my account" }).ClickAsync();
            await page.ArriveAsync(journey.At("/account-deleted"));
            Assert.Empty(await Looks.FindingsAsync(page));
            await page.GotoAsync(journey.At("/account"));
            await Journey.SignInAsync(page, user.Email);
            await Assertions.Expect(page.Locator(".problems")).ToBeVisibleAsync();
        });

    [Fact]
    public Task The_keyboard_alone_changes_a_name_and_ends_the_session() =>
        journey.GoAsync(async page =>
        {
            var user = await journey.Provider.AddUserAsync();
            await page.GotoAsync(journey.At("/account/profile"));
            await page.Keyboard.TypeAsync(user.Email);
            await TabToAsync(page, "input[autocomplete~='current-password']");
            await page.Keyboard.TypeAsync(ConfiguredProvider.Password);
            await page.Keyboard.PressAsync("Enter");
            await page.ArriveAsync(journey.At("/account/profile"));

            await TabToAsync(page, "#Input_GivenName");
            await page.Keyboard.TypeAsync("Grace");
            await TabToAsync(page, "main button.main");
            Assert.True(
                await page.EvaluateAsync<bool>("() => getComputedStyle(document.activeElement).outlineStyle !== 'none'")
            );
            await page.Keyboard.PressAsync("Enter");
            await Assertions.Expect(page.Locator(".done")).ToBeVisibleAsync();
            Assert.Equal(
                "Grace",
                await journey.Database.ScalarAsync<string>(
                    "SELECT given_name FROM users WHERE id = @id",
                    ("id", user.Id)
                )
            );

            await TabToAsync(page, "a[href='/sign-out']");
            await page.Keyboard.PressAsync("Enter");
            await page.ArriveAsync(journey.At("/sign-out"));
            await TabToAsync(page, "main button");
            await page.Keyboard.PressAsync("Enter");
            await page.ArriveAsync(journey.At("/signed-out"));
        });

    private async Task SignOutAsync(IPage page)
    {
        await page.GotoAsync(journey.At("/sign-out"));
        await page.Locator("main form").Locator(Journey.Sends).First.ClickAsync();
        await page.ArriveAsync(journey.At("/signed-out"));
    }

    // As a person does who cannot see where the focus starts: forward, until it is there.
    private static async Task TabToAsync(IPage page, string target)
    {
        for (var i = 0; i < 40; i++)
        {
            if (
                await page.EvaluateAsync<bool>("selector => document.activeElement?.matches(selector) ?? false", target)
            )
                return;
            await page.Keyboard.PressAsync("Tab");
        }
        Assert.Fail($"The Tab key never came to {target}.");
    }
}
