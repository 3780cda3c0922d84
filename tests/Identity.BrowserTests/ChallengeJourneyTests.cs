using Identity.Testing;
using Microsoft.Playwright;

namespace Identity.BrowserTests;

/// <summary>The proof of work, in a browser that does it and in one that cannot.</summary>
public sealed class ChallengeJourneyTests(ChallengeJourneyTests.Watched journey)
    : IClassFixture<ChallengeJourneyTests.Watched>
{
    [Fact]
    public Task The_browser_does_the_work_while_the_person_types_and_no_policy_stops_it() =>
        journey.GoAsync(async page =>
        {
            var user = await journey.Provider.AddUserAsync();
            List<string> refused = [];
            page.Console += (_, message) =>
            {
                if (message.Type == "error")
                    refused.Add(message.Text);
            };
            await page.GotoAsync(journey.At("/sign-in"));
            // How long the work takes is chance, and the machine's: it is not what is tested.
            await Assertions
                .Expect(page.Locator("[data-work]"))
                .ToHaveTextAsync("Check complete. You can submit the form.", new() { Timeout = 60_000 });
            Assert.Empty(await Looks.FindingsAsync(page));

            await Journey.SignInAsync(page, user.Email);

            await page.ArriveAsync(journey.At("/account"));
            Assert.Empty(refused);
        });

    [Fact]
    public Task A_form_that_is_sent_at_once_waits_for_the_work() =>
        journey.GoAsync(async page =>
        {
            var user = await journey.Provider.AddUserAsync();
            await page.GotoAsync(journey.At("/sign-in"));

            await Journey.SignInAsync(page, user.Email);

            await page.ArriveAsync(journey.At("/account"));
        });

    [Fact]
    public Task Without_JavaScript_the_page_says_calmly_how_long_to_wait() =>
        journey.GoAsync(
            async page =>
            {
                await page.GotoAsync(journey.At("/sign-in"));
                await Journey.SignInAsync(page, "somebody@example.org");

                await Assertions.Expect(page.Locator(".problems")).ToContainTextAsync("Checking that you’re human");
                var said = await page.Locator("main").InnerTextAsync();
                Assert.Contains("try again in about 10 min", said, StringComparison.Ordinal);
                Assert.DoesNotContain("calculation", said, StringComparison.Ordinal);
            },
            new() { JavaScriptEnabled = false }
        );

    /// <summary>An address that is asked always.</summary>
    public sealed class Watched : Journey
    {
        protected override IReadOnlyDictionary<string, string?> Settings =>
            new Dictionary<string, string?> { ["Identity:BotDefence:AskAfterAttempts"] = "0" };
    }
}
