using System.Security.Cryptography;
using Identity.Testing;
using Identity.Testing.Social;
using Microsoft.Playwright;

namespace Identity.BrowserTests;

/// <summary>Signing up and in by a provider without OpenID Connect, as a person meets it: the stand-in is a GitHub of
/// one's own.</summary>
public sealed class SocialJourneyTests(SocialJourneyTests.WithGitHub journey)
    : IClassFixture<SocialJourneyTests.WithGitHub>
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public Task A_person_creates_an_account_by_another_provider_and_signs_in_with_it_later(bool javaScript) =>
        journey.GoAsync(
            async page =>
            {
                var person = new SocialPerson(
                    RandomNumberGenerator
                        .GetInt32(1, int.MaxValue)
                        .ToString(System.Globalization.CultureInfo.InvariantCulture),
                    $"{Guid.NewGuid():N}@example.org"
                );
                journey.StandIn.InBrowser = person;

                await page.GotoAsync(journey.At("/sign-in"));
                await LooksWellAsync(page, javaScript);
                await ComeBackAsync(page);
                await page.ArriveAsync(journey.At("/external/link"));
                await Assertions.Expect(page.GetByText(person.Email!)).ToBeVisibleAsync();
                await LooksWellAsync(page, javaScript);
                await page.GetByRole(AriaRole.Button, new() { Name = "Create an account" }).ClickAsync();
                await page.ArriveAsync(journey.At("/account"));

                await page.GotoAsync(journey.At("/sign-out"));
                await page.Locator("main").GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
                await page.ArriveAsync(journey.At("/signed-out"));
                await page.GotoAsync(journey.At("/sign-in"));
                await ComeBackAsync(page);
                await page.ArriveAsync(journey.At("/account"));

                Assert.Equal(
                    1L,
                    await journey.Database.ScalarAsync<long>(
                        "SELECT count(*) FROM users WHERE email = @email AND email_verified",
                        ("email", person.Email!)
                    )
                );
            },
            new() { JavaScriptEnabled = javaScript }
        );

    private static async Task ComeBackAsync(IPage page)
    {
        await page.GetByRole(AriaRole.Button, new() { Name = "Continue with GitHub" }).ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Authorize Identity" }).ClickAsync();
    }

    // Axe is a script itself.
    private static async Task LooksWellAsync(IPage page, bool javaScript)
    {
        if (javaScript)
            Assert.Empty(await Looks.FindingsAsync(page));
    }

    /// <summary>The provider, and a GitHub of its own.</summary>
    public sealed class WithGitHub : Journey
    {
        private SocialStandIn? _standIn;

        public SocialStandIn StandIn => _standIn!;

        protected override IReadOnlyDictionary<string, string?> Settings =>
            new Dictionary<string, string?>
            {
                ["Identity:ExternalProviders:github:Type"] = "GitHub",
                ["Identity:ExternalProviders:github:Authority"] = StandIn.Address.AbsoluteUri,
                ["Identity:ExternalProviders:github:ClientId"] = SocialStandIn.ClientId,
                ["Identity:ExternalProviders:github:ClientSecret"] = SocialStandIn.Secret,
                ["Identity:ExternalProviders:github:SignUp"] = "true",
            };

        public override async Task InitializeAsync()
        {
            _standIn = await SocialStandIn.StartAsync();
            await base.InitializeAsync();
        }

        public override async Task DisposeAsync()
        {
            await base.DisposeAsync();
            await StandIn.DisposeAsync();
        }
    }
}
