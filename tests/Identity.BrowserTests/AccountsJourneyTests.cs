using Identity.Testing;
using Microsoft.Playwright;

namespace Identity.BrowserTests;

/// <summary>Two accounts in one browser, as a person meets them: adding, choosing at an app, switching, a form of the
/// other tab, and signing out.</summary>
public sealed class AccountsJourneyTests(AccountsJourneyTests.WithAccounts journey)
    : IClassFixture<AccountsJourneyTests.WithAccounts>
{
    private const string Rule = "#main h1";

    [Theory]
    [InlineData(360, ColorScheme.Dark)]
    [InlineData(1280, ColorScheme.Light)]
    public Task A_person_adds_an_account_chooses_one_at_an_app_and_signs_out_of_one(int width, ColorScheme colours) =>
        journey.GoAsync(
            async page =>
            {
                var (ada, bert) = (
                    await journey.Provider.AddUserAsync(name: "Ada Plum"),
                    await journey.Provider.AddUserAsync(name: "Bert Longstocking-Featherstonehaugh")
                );
                await journey.SignInAtAccountAsync(page, ada.Email);
                await OpenMenuAsync(page);
                Assert.Empty(await Looks.FindingsAsync(page));
                await page.GetByRole(AriaRole.Link, new() { Name = "Add an account" }).ClickAsync();
                await Journey.SignInAsync(page, bert.Email);
                await page.WaitForURLAsync(journey.At("/account"));
                var another = await page.Context.NewPageAsync();
                await another.GotoAsync(journey.At("/account/profile"));

                // At the app, the person chooses the account that is not current.
                await page.GotoAsync(journey.AtChoice());
                await Assertions.Expect(page.Locator(Rule)).ToHaveTextAsync("Choose an account");
                await FitsAsync(page, width);
                await page.GetByRole(AriaRole.Button, new() { Name = ada.Email }).ClickAsync();
                await page.WaitForURLAsync(journey.AtWebApp() + "**");

                // The other tab still shows the other account: its form changes neither.
                await another.GetByLabel("Display name").FillAsync("Somebody else");
                await another.Locator("main form").Locator(Journey.Sends).First.ClickAsync();
                await Assertions.Expect(another.GetByRole(AriaRole.Alert)).ToContainTextAsync("nothing was changed");
                await FitsAsync(another, width);

                await page.GotoAsync(journey.At("/choose-account"));
                await Assertions.Expect(page.GetByText("Current", new() { Exact = true })).ToBeVisibleAsync();
                await FitsAsync(page, width);
                await page.GetByRole(AriaRole.Button, new() { Name = "Sign out of " }).First.ClickAsync();
                await page.WaitForURLAsync(journey.At("/choose-account"));
                await Assertions.Expect(page.GetByText(ada.Email)).ToBeHiddenAsync();
                await page.GetByRole(AriaRole.Button, new() { Name = bert.Email }).First.ClickAsync();
                await page.WaitForURLAsync(journey.At("/account"));

                Assert.Equal(
                    0L,
                    await journey.Database.ScalarAsync<long>("SELECT count(*) FROM users WHERE name = 'Somebody else'")
                );
            },
            new()
            {
                ViewportSize = new() { Width = width, Height = 740 },
                ColorScheme = colours,
            }
        );

    private static async Task OpenMenuAsync(IPage page)
    {
        await page.Locator(".whoami summary").ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Link, new() { Name = "Switch account" })).ToBeVisibleAsync();
    }

    private static async Task FitsAsync(IPage page, int width)
    {
        Assert.Empty(await Looks.FindingsAsync(page));
        Assert.InRange(await page.EvaluateAsync<int>("document.documentElement.scrollWidth"), 1, width);
    }

    /// <summary>The provider of browsers with several accounts.</summary>
    public sealed class WithAccounts : Journey
    {
        protected override IReadOnlyDictionary<string, string?> Settings =>
            new Dictionary<string, string?> { ["Identity:Sessions:AccountsPerBrowser"] = "5" };

        /// <summary>A request of the web app that lets the person choose.</summary>
        public string AtChoice() =>
            At(
                "/connect/authorize?client_id=webapp&response_type=code&scope=openid&prompt=select_account"
                    + "&code_challenge_method=S256&code_challenge="
                    + new string('A', 43)
                    + "&redirect_uri="
                    + Uri.EscapeDataString(AtWebApp("/signin-oidc"))
            );
    }
}
