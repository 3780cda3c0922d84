using Identity.Testing;
using Microsoft.Playwright;

namespace Identity.BrowserTests;

/// <summary>Signing in by another OpenID provider, as a person meets it: a second instance of our own is the other
/// one.</summary>
public sealed class ExternalJourneyTests(ExternalJourneyTests.TwoProviders journey)
    : IClassFixture<ExternalJourneyTests.TwoProviders>
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public Task A_person_connects_an_account_once_signs_in_by_the_button_and_disconnects_it(bool javaScript) =>
        journey.GoAsync(
            async page =>
            {
                var (user, remote) = (
                    await journey.Provider.AddUserAsync(),
                    await journey.There.AddUserAsync(name: "Ada at work")
                );

                await PressAsync(page);
                await page.ArriveAsync(url =>
                    url.StartsWith(new Uri(journey.OtherAddress, "sign-in").AbsoluteUri, StringComparison.Ordinal)
                );
                await Journey.SignInAsync(page, remote.Email);
                await page.ArriveAsync(journey.At("/external/link"));
                await Assertions
                    .Expect(page.GetByText("You haven’t used The Office to sign in here before"))
                    .ToBeVisibleAsync();
                await LooksWellAsync(page, javaScript);
                await page.GetByRole(AriaRole.Link, new() { Name = "Sign in to your account" }).ClickAsync();
                await Journey.SignInAsync(page, user.Email);
                await page.ArriveAsync(journey.At("/external/link"));
                await Assertions.Expect(page.GetByText(user.Email)).ToBeVisibleAsync();
                await LooksWellAsync(page, javaScript);
                Assert.Equal(0L, await LoginsAsync(user.Id));
                await page.GetByRole(AriaRole.Button, new() { Name = "Connect", Exact = true }).ClickAsync();
                await Assertions.Expect(page.GetByText("Changes saved.")).ToBeVisibleAsync();
                Assert.Equal(1L, await LoginsAsync(user.Id));

                await page.GotoAsync(journey.At("/sign-out"));
                await page.Locator("main").GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
                await page.ArriveAsync(journey.At("/signed-out"));
                await PressAsync(page);
                // The other provider still knows the person, and this one knows whom it speaks of: nobody is asked for
                // anything.
                await page.ArriveAsync(journey.At("/account"));
                Assert.Equal(
                    "external",
                    await journey.Database.ScalarAsync<string>(
                        "SELECT array_to_string(amr, ' ') FROM sessions WHERE user_id = @id AND is_active ORDER BY "
                            + "created_at DESC LIMIT 1",
                        ("id", user.Id)
                    )
                );

                await page.GotoAsync(journey.At("/account/external"));
                await Assertions
                    .Expect(page.GetByRole(AriaRole.Heading, new() { Name = "The Office" }))
                    .ToBeVisibleAsync();
                await Assertions.Expect(page.GetByText("last used on")).ToBeVisibleAsync();
                await LooksWellAsync(page, javaScript);
                await page.GetByRole(AriaRole.Button, new() { Name = "Disconnect The Office" }).ClickAsync();
                await Assertions.Expect(page.GetByText("Changes saved.")).ToBeVisibleAsync();
                await Assertions.Expect(page.Locator(".devices")).ToHaveCountAsync(0);
                await Assertions
                    .Expect(page.GetByRole(AriaRole.Button, new() { Name = "Connect The Office" }))
                    .ToBeVisibleAsync();
                await LooksWellAsync(page, javaScript);
                Assert.Equal(0L, await LoginsAsync(user.Id));
            },
            new() { JavaScriptEnabled = javaScript }
        );

    private async Task PressAsync(IPage page)
    {
        await page.GotoAsync(journey.At("/sign-in"));
        await page.GetByRole(AriaRole.Button, new() { Name = "Continue with The Office" }).ClickAsync();
    }

    // Axe is a script itself.
    private static async Task LooksWellAsync(IPage page, bool javaScript)
    {
        if (javaScript)
            Assert.Empty(await Looks.FindingsAsync(page));
    }

    private Task<long> LoginsAsync(Guid user) =>
        journey.Database.ScalarAsync<long>(
            "SELECT count(*) FROM idp.external_logins WHERE user_id = @id",
            ("id", user)
        );

    /// <summary>The other provider, over a database of its own.</summary>
    /// <remarks>
    /// It is at 127.0.0.1 while the first is at localhost: a browser keeps cookies by host and not by port, so two
    /// providers at localhost would take each other's sessions.
    /// </remarks>
    public sealed class TwoProviders : Journey
    {
        private readonly string _secret = ConfiguredProvider.NewSecret();
        private TestDatabase? _otherDatabase;
        private ConfiguredProvider? _there;

        /// <summary>The other provider.</summary>
        public ConfiguredProvider There => _there!;

        /// <summary>Where it is.</summary>
        public Uri OtherAddress { get; } = new($"http://127.0.0.1:{ConfiguredProvider.FreePort()}/");

        protected override IReadOnlyDictionary<string, string?> Settings =>
            new Dictionary<string, string?>
            {
                ["Identity:ExternalProviders:work:Authority"] = OtherAddress.AbsoluteUri,
                ["Identity:ExternalProviders:work:ClientId"] = "here",
                ["Identity:ExternalProviders:work:ClientSecret"] = _secret,
                ["Identity:ExternalProviders:work:DisplayName"] = "The Office",
            };

        public override async Task InitializeAsync()
        {
            await base.InitializeAsync();
            _otherDatabase = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
            _there = await ConfiguredProvider.StartAsync(
                _otherDatabase,
                new Dictionary<string, string?>(
                    ConfiguredProvider.WebClient("here", _secret, Provider.Issuer, "external/callback/work")
                )
                {
                    ["urls"] = OtherAddress.AbsoluteUri,
                    ["Identity:Issuer"] = OtherAddress.AbsoluteUri,
                }
            );
        }

        public override async Task DisposeAsync()
        {
            if (_there is not null)
                await _there.DisposeAsync();
            if (_otherDatabase is not null)
                await _otherDatabase.DisposeAsync();
            await base.DisposeAsync();
        }
    }
}
