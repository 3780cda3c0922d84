using Identity.Testing;
using Microsoft.Playwright;
using OtpNet;

namespace Identity.BrowserTests;

/// <summary>Two-step sign-in, as a person sees it.</summary>
public sealed class TwoFactorJourneyTests(Journey journey) : IClassFixture<Journey>
{
    [Fact]
    public Task A_person_sets_it_up_with_the_key_and_signs_in_at_the_web_app_with_a_code() =>
        journey.GoAsync(async page =>
        {
            var user = await journey.Provider.AddUserAsync();
            await journey.SignInAtAccountAsync(page, user.Email);
            await page.GotoAsync(journey.At("/account/two-factor"));
            await page.GetByRole(AriaRole.Link, new() { Name = "Set up" }).ClickAsync();
            await Assertions.Expect(page.Locator(".qr svg")).ToBeVisibleAsync();
            var key = Base32Encoding.ToBytes(
                (await page.Locator("#key").InnerTextAsync()).Replace(" ", "", StringComparison.Ordinal)
            );
            await page.Locator("input[autocomplete='one-time-code']").FillAsync(new Totp(key).ComputeTotp());
            await page.GetByRole(AriaRole.Button, new() { Name = "Turn on" }).ClickAsync();

            await Assertions.Expect(page.Locator(".codes li")).ToHaveCountAsync(10);
            var download = await page.RunAndWaitForDownloadAsync(() =>
                page.GetByRole(AriaRole.Button, new() { Name = "Download" }).ClickAsync()
            );
            Assert.Equal("recovery-codes.txt", download.SuggestedFilename);
            await page.GetByRole(AriaRole.Link, new() { Name = "I’ve saved my codes" }).ClickAsync();
            await Assertions.Expect(page.GetByText("Two-step sign-in is on")).ToBeVisibleAsync();

            await page.Context.ClearCookiesAsync();
            await journey.Database.ExecuteAsync(
                "UPDATE users SET two_factor_last_step = NULL WHERE id = @id",
                ("id", user.Id)
            );
            await page.GotoAsync(journey.AtWebApp());
            await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
            await Journey.SignInAsync(page, user.Email);
            await page.Locator("input[autocomplete='one-time-code']").FillAsync(new Totp(key).ComputeTotp());
            await page.GetByRole(AriaRole.Button, new() { Name = "Continue" }).ClickAsync();

            await page.ArriveAsync(journey.AtWebApp("/Claims"));
            Assert.Equal(
                "aal2",
                await journey.Database.ScalarAsync<string>(
                    "SELECT acr FROM sessions WHERE user_id = @id AND is_active ORDER BY created_at DESC LIMIT 1",
                    ("id", user.Id)
                )
            );
        });
}
