using Identity.Core.Users;
using Identity.Testing;
using Microsoft.Playwright;

namespace Identity.BrowserTests;

/// <summary>Passkeys as a person meets them, with Chromium's own authenticator in software.</summary>
public sealed class PasskeyJourneyTests(Journey journey) : IClassFixture<Journey>
{
    [Fact]
    public Task A_person_adds_a_passkey_signs_in_as_the_browser_offers_it_and_removes_it() =>
        journey.GoAsync(async page =>
        {
            await AddAuthenticatorAsync(page);
            await AddPasskeyAsync(page, await journey.Provider.AddUserAsync());
            await SignOutAsync(page);

            await page.GotoAsync(journey.At("/sign-in"));
            await page.ArriveAsync(journey.At("/account"));

            await page.GotoAsync(journey.At("/account/passkeys"));
            await page.GetByText("Rename").ClickAsync();
            await page.Locator(".devices input[name='name']").FillAsync("Blue key");
            await page.GetByRole(AriaRole.Button, new() { Name = "Save name" }).ClickAsync();
            await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Blue key" })).ToBeVisibleAsync();
            Assert.Empty(await Looks.FindingsAsync(page));
            await page.GetByRole(AriaRole.Button, new() { Name = "Remove Blue key" }).ClickAsync();
            await Assertions.Expect(page.GetByText("Passkey removed.")).ToBeVisibleAsync();
            await Assertions.Expect(page.Locator(".devices")).ToHaveCountAsync(0);
        });

    [Fact]
    public Task A_person_signs_in_at_the_web_app_by_the_button_without_a_password() =>
        journey.GoAsync(async page =>
        {
            await AddAuthenticatorAsync(page);
            var user = await journey.Provider.AddUserAsync();
            await AddPasskeyAsync(page, user);
            await SignOutAsync(page);
            await NoConditionalUiAsync(page);

            await page.GotoAsync(journey.AtWebApp());
            await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
            await page.GetByRole(AriaRole.Button, new() { Name = "Use a passkey" }).ClickAsync();

            await page.ArriveAsync(journey.AtWebApp("/Claims"));
            Assert.Equal(
                "aal2",
                await journey.Database.ScalarAsync<string>(
                    "SELECT acr FROM sessions WHERE user_id = @id AND is_active ORDER BY created_at DESC LIMIT 1",
                    ("id", user.Id)
                )
            );
        });

    [Fact]
    public Task A_passkey_is_the_second_factor_and_confirms_who_somebody_is() =>
        journey.GoAsync(async page =>
        {
            await AddAuthenticatorAsync(page);
            var user = await journey.Provider.AddUserAsync();
            await AddPasskeyAsync(page, user);
            await SignOutAsync(page);
            await NoConditionalUiAsync(page);
            await journey.Database.ExecuteAsync(
                "UPDATE users SET two_factor_enabled = true WHERE id = @id",
                ("id", user.Id)
            );

            await page.GotoAsync(journey.At("/sign-in"));
            await Journey.SignInAsync(page, user.Email);
            await page.ArriveAsync(url => url.Contains("/two-factor", StringComparison.Ordinal));
            Assert.Empty(await Looks.FindingsAsync(page));
            await page.GetByRole(AriaRole.Button, new() { Name = "Use a passkey" }).ClickAsync();
            await page.ArriveAsync(journey.At("/account"));
            await journey.Database.ExecuteAsync(
                "UPDATE sessions SET auth_time = now() - interval '10 minutes' WHERE user_id = @id",
                ("id", user.Id)
            );
            await page.GotoAsync(journey.At("/account/passkeys"));
            await page.ArriveAsync(url => url.Contains("/confirm-identity", StringComparison.Ordinal));
            Assert.Empty(await Looks.FindingsAsync(page));
            await page.GetByRole(AriaRole.Button, new() { Name = "Use a passkey" }).ClickAsync();

            await page.ArriveAsync(journey.At("/account/passkeys"));
        });

    [Fact]
    public Task A_passkey_whose_owner_was_not_checked_is_refused_in_words() =>
        journey.GoAsync(async page =>
        {
            var (session, id) = await AddAuthenticatorAsync(page);
            await AddPasskeyAsync(page, await journey.Provider.AddUserAsync());
            await SignOutAsync(page);
            await NoConditionalUiAsync(page);
            await session.SendAsync(
                "WebAuthn.setUserVerified",
                new() { ["authenticatorId"] = id, ["isUserVerified"] = false }
            );

            await page.GotoAsync(journey.At("/sign-in"));
            await page.GetByRole(AriaRole.Button, new() { Name = "Use a passkey" }).ClickAsync();

            await Assertions.Expect(page.GetByText("cancelled or timed out")).ToBeVisibleAsync();
            await page.GotoAsync(journey.At("/sign-in?passkey=refused"));
            await Assertions.Expect(page.GetByText("That passkey didn’t work")).ToBeVisibleAsync();
            Assert.Empty(await Looks.FindingsAsync(page));
        });

    [Fact]
    public Task Without_JavaScript_the_page_says_calmly_what_passkeys_need_and_the_password_works() =>
        journey.GoAsync(
            async page =>
            {
                var user = await journey.Provider.AddUserAsync();

                await journey.SignInAtAccountAsync(page, user.Email);
                await page.GotoAsync(journey.At("/account/passkeys"));

                await Assertions.Expect(page.GetByText("To use passkeys, you need JavaScript")).ToBeVisibleAsync();
                await Assertions
                    .Expect(page.GetByRole(AriaRole.Button, new() { Name = "Create passkey" }))
                    .ToHaveCountAsync(0);
            },
            new() { JavaScriptEnabled = false }
        );

    /// <summary>Gives the browser an authenticator in software, whose owner is there and agrees.</summary>
    internal static async Task<(ICDPSession Session, string Id)> AddAuthenticatorAsync(IPage page)
    {
        var session = await page.Context.NewCDPSessionAsync(page);
        await session.SendAsync("WebAuthn.enable");
        var added = await session.SendAsync(
            "WebAuthn.addVirtualAuthenticator",
            new()
            {
                ["options"] = new Dictionary<string, object>
                {
                    ["protocol"] = "ctap2",
                    ["transport"] = "internal",
                    ["hasResidentKey"] = true,
                    ["hasUserVerification"] = true,
                    ["isUserVerified"] = true,
                    ["automaticPresenceSimulation"] = true,
                },
            }
        );
        return (session, added!.Value.GetProperty("authenticatorId").GetString()!);
    }

    private async Task AddPasskeyAsync(IPage page, UserAccount user)
    {
        await journey.SignInAtAccountAsync(page, user.Email);
        await page.GotoAsync(journey.At("/account/passkeys"));
        await page.GetByLabel("Name").FillAsync("My laptop");
        await page.GetByRole(AriaRole.Button, new() { Name = "Create passkey" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "My laptop" })).ToBeVisibleAsync();
    }

    private static Task SignOutAsync(IPage page) => page.Context.ClearCookiesAsync();

    // The browser would answer before the button is pressed.
    private static Task NoConditionalUiAsync(IPage page) =>
        page.AddInitScriptAsync("PublicKeyCredential.isConditionalMediationAvailable = async () => false;");
}
