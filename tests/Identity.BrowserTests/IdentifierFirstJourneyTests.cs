using Microsoft.Playwright;

namespace Identity.BrowserTests;

/// <summary>Identifier-first sign-in in Chromium: with a password manager's eyes, on a phone, and without
/// JavaScript.</summary>
public sealed class IdentifierFirstJourneyTests(IdentifierFirstJourneyTests.AddressFirst journey)
    : IClassFixture<IdentifierFirstJourneyTests.AddressFirst>
{
    private const string Username = "input[autocomplete~='username']";
    private const string Password = "input[autocomplete~='current-password']";

    [Fact]
    public Task A_person_signs_in_to_the_web_app_and_the_back_button_and_not_you_lead_where_they_should() =>
        journey.GoAsync(async page =>
        {
            var user = await journey.Provider.AddUserAsync();
            await StartAsync(page);
            await Assertions.Expect(page.Locator(Password)).ToHaveCountAsync(0);
            Assert.Empty(await Looks.FindingsAsync(page));

            await page.Locator(Username).FillAsync("somebody@example.org");
            await page.Keyboard.PressAsync("Enter");
            await Assertions.Expect(page.Locator(Password)).ToBeFocusedAsync();
            Assert.Empty(await Looks.FindingsAsync(page));
            Assert.DoesNotContain("somebody", page.Url, StringComparison.Ordinal);
            await page.GoBackAsync();
            await Assertions.Expect(page.Locator(Password)).ToHaveCountAsync(0);
            await page.GoForwardAsync();
            await page.ReloadAsync();
            await Assertions.Expect(page.Locator(Password)).ToBeVisibleAsync();
            await page.GetByRole(AriaRole.Link, new() { Name = "Not you?" }).ClickAsync();
            await Assertions.Expect(page.Locator(Username)).ToHaveValueAsync("");
            await page.Locator(Username).FillAsync(user.Email);
            await page.Keyboard.PressAsync("Enter");

            // What a password manager takes for a form to save: both fields in one form, the name filled in.
            var form = page.Locator($"form:has({Password})");
            await Assertions.Expect(form.Locator(Username)).ToBeHiddenAsync();
            await Assertions.Expect(form.Locator(Username)).ToHaveValueAsync(user.Email);
            await form.Locator(Password).FillAsync(Testing.ConfiguredProvider.Password);
            await page.Keyboard.PressAsync("Enter");
            await page.WaitForURLAsync(journey.AtWebApp("/Claims"));
        });

    [Fact]
    public Task It_works_without_JavaScript_on_a_phone_of_360_pixels_from_right_to_left() =>
        journey.GoAsync(
            async page =>
            {
                var user = await journey.Provider.AddUserAsync();
                await StartAsync(page);
                Assert.True(await Looks.OverflowAsync(page) <= 0);

                await page.Locator(Username).FillAsync(user.Email);
                await page.Locator($"form:has({Username}) button").First.ClickAsync();
                Assert.True(await Looks.OverflowAsync(page) <= 0);
                await page.Locator(Password).FillAsync(Testing.ConfiguredProvider.Password);
                await page.Locator($"form:has({Password})").Locator(Journey.Sends).First.ClickAsync();

                await page.WaitForURLAsync(journey.AtWebApp("/Claims"));
            },
            new()
            {
                ViewportSize = new() { Width = 360, Height = 640 },
                Locale = "ar",
                JavaScriptEnabled = false,
            }
        );

    private async Task StartAsync(IPage page)
    {
        await page.GotoAsync(journey.AtWebApp());
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await Assertions.Expect(page.Locator(Username)).ToBeVisibleAsync();
    }

    /// <summary>A provider that asks for the address first.</summary>
    public sealed class AddressFirst : Journey
    {
        protected override IReadOnlyDictionary<string, string?> Settings =>
            new Dictionary<string, string?>
            {
                ["Identity:SignIn:IdentifierFirst"] = "true",
                ["Identity:Recovery:MailCodes"] = "true",
                ["Identity:Recovery:MagicLinks"] = "true",
            };
    }
}
