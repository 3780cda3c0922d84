using Identity.Core.Users;
using Microsoft.Playwright;

namespace Identity.BrowserTests;

/// <summary>The offer of a passkey after a sign-in with a password, with Chromium's own authenticator in
/// software.</summary>
public sealed class PasskeyOfferJourneyTests(PasskeyOfferJourneyTests.Offering journey)
    : IClassFixture<PasskeyOfferJourneyTests.Offering>
{
    [Fact]
    public Task A_person_takes_the_offer_on_the_way_to_the_web_app() =>
        journey.GoAsync(async page =>
        {
            await PasskeyJourneyTests.AddAuthenticatorAsync(page);
            await BrowserCanAsync(page, conditionalCreate: false);
            await StartAsync(page);
            Assert.Empty(await Looks.FindingsAsync(page));

            await page.GetByRole(AriaRole.Button, new() { Name = "Create passkey" }).ClickAsync();

            await page.ArriveAsync(journey.AtWebApp("/Claims"));
        });

    [Fact]
    public Task Without_JavaScript_not_now_leads_on_to_the_web_app() =>
        journey.GoAsync(
            async page =>
            {
                await StartAsync(page);

                await page.GetByRole(AriaRole.Link, new() { Name = "Not now" }).ClickAsync();

                await page.ArriveAsync(journey.AtWebApp("/Claims"));
            },
            new() { JavaScriptEnabled = false }
        );

    [Fact]
    public Task A_password_manager_that_can_creates_the_passkey_without_a_question() =>
        journey.GoAsync(async page =>
        {
            await PasskeyJourneyTests.AddAuthenticatorAsync(page);
            await BrowserCanAsync(page, conditionalCreate: true);

            var user = await SignInAsync(page);

            await page.ArriveAsync(journey.AtWebApp("/Claims"));
            Assert.Equal(
                1L,
                await journey.Database.ScalarAsync<long>(
                    "SELECT count(*) FROM idp.passkeys WHERE user_id = @id",
                    ("id", user.Id)
                )
            );
        });

    [Fact]
    public Task The_account_signals_the_accepted_passkeys_and_the_name() =>
        journey.GoAsync(async page =>
        {
            var user = await journey.Provider.AddUserAsync();
            await page.AddInitScriptAsync(
                """
                window.signals = [];
                for (const name of ["signalAllAcceptedCredentials", "signalCurrentUserDetails"])
                  PublicKeyCredential[name] = async (signal) => { window.signals.push([name, signal]); };
                """
            );
            await page.GotoAsync(journey.At("/sign-in"));
            await Journey.SignInAsync(page, user.Email);
            await page.GotoAsync(journey.At("/account/passkeys"));

            var signals = await page.EvaluateAsync<string>("JSON.stringify(window.signals)");

            Assert.Contains(
                "\"signalAllAcceptedCredentials\",{\"rpId\":\"localhost\"",
                signals,
                StringComparison.Ordinal
            );
            Assert.Contains($"\"name\":\"{user.Email}\"", signals, StringComparison.Ordinal);
        });

    private async Task StartAsync(IPage page)
    {
        await SignInAsync(page);
        await page.ArriveAsync(static url => url.Contains("/sign-in/passkey", StringComparison.Ordinal));
    }

    private async Task<UserAccount> SignInAsync(IPage page)
    {
        var user = await journey.Provider.AddUserAsync();
        await page.GotoAsync(journey.AtWebApp());
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await Journey.SignInAsync(page, user.Email);
        return user;
    }

    // The authenticator in software cannot create conditionally: it stands in for a password manager that can, and sees
    // that the page asked for it.
    private static Task BrowserCanAsync(IPage page, bool conditionalCreate) =>
        page.AddInitScriptAsync(
            $$"""
            PublicKeyCredential.isConditionalMediationAvailable = async () => false;
            PublicKeyCredential.getClientCapabilities = async () => ({ conditionalCreate: {{(
                conditionalCreate ? "true" : "false"
            )}} });
            const create = navigator.credentials.create.bind(navigator.credentials);
            navigator.credentials.create = ({ mediation, ...options }) =>
              mediation === ({{(conditionalCreate ? "true" : "false")}} ? "conditional" : undefined)
                ? create(options) : Promise.reject(new TypeError("mediation"));
            """
        );

    /// <summary>A provider that offers passkeys and lets password managers create them.</summary>
    public sealed class Offering : Journey
    {
        /// <inheritdoc />
        protected override IReadOnlyDictionary<string, string?> Settings =>
            new Dictionary<string, string?>
            {
                ["Identity:Passkeys:Offer"] = "true",
                ["Identity:Passkeys:CreateAutomatically"] = "true",
            };
    }
}
