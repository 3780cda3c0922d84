using Identity.Testing;
using Microsoft.Playwright;

namespace Identity.BrowserTests;

/// <summary>The ways over a mail, as a person goes them: by the form, the mailbox page of Development, and the link in
/// the mail.</summary>
public sealed class RecoveryJourneyTests(RecoveryJourneyTests.WithLinks journey)
    : IClassFixture<RecoveryJourneyTests.WithLinks>
{
    private const string NewPassword = "Copper-Lantern-58-by-the-sea";

    [Fact]
    public Task A_newcomer_registers_confirms_the_address_by_the_mail_and_is_signed_in() =>
        journey.GoAsync(async page =>
        {
            var email = NewAddress();
            await page.GotoAsync(journey.At("/register"));
            await page.Locator("input[autocomplete='name']").FillAsync("Ada Plum");
            await page.Locator("input[autocomplete~='username']").FillAsync(email);
            await page.Locator("input[autocomplete='new-password']").PressSequentiallyAsync("plum");
            await Assertions.Expect(page.Locator(".strength p")).ToContainTextAsync("8 characters");
            await page.Locator("input[autocomplete='new-password']").FillAsync(NewPassword);
            await Assertions.Expect(page.Locator(".strength p")).ToHaveTextAsync("Good password");
            await SendAsync(page);
            await page.ArriveAsync(journey.At("/check-mail"));

            // The browser that registered is signed in by the button of the mailed page.
            await OpenMailAsync(page, email);
            await SendAsync(page);

            await page.ArriveAsync(journey.At("/account"));
            await Assertions
                .Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Hello, Ada Plum" }))
                .ToBeVisibleAsync();
        });

    [Fact]
    public Task Without_JavaScript_one_registers_confirms_forgets_chooses_anew_and_signs_in() =>
        journey.GoAsync(
            async page =>
            {
                var email = NewAddress();
                await page.GotoAsync(journey.At("/register"));
                await page.Locator("input[autocomplete~='username']").FillAsync(email);
                await page.Locator("input[autocomplete='new-password']").FillAsync("Another-Lantern-59-by-the-lake");
                await SendAsync(page);
                await OpenMailAsync(page, email);
                await SendAsync(page);

                await page.GotoAsync(journey.At("/forgot-password"));
                await page.Locator("input[autocomplete~='username']").FillAsync(email);
                await SendAsync(page);
                await OpenMailAsync(page, email);
                await page.Locator("input[autocomplete='new-password']").FillAsync(NewPassword);
                await SendAsync(page);
                await page.ArriveAsync(journey.At("/account"));
                foreach (var path in EveryPage.Account)
                    Assert.Equal(200, (await page.GotoAsync(journey.At(path)))!.Status);
            },
            new() { JavaScriptEnabled = false }
        );

    [Fact]
    public Task Whoever_forgot_the_password_chooses_another_and_the_link_works_once() =>
        journey.GoAsync(async page =>
        {
            var user = await journey.Provider.AddUserAsync();
            await page.GotoAsync(journey.At("/sign-in"));
            await page.Locator("a[href*='/forgot-password']").ClickAsync();
            await page.Locator("input[autocomplete~='username']").FillAsync(user.Email);
            await SendAsync(page);
            var link = await OpenMailAsync(page, user.Email);
            Assert.DoesNotContain("token", page.Url, StringComparison.Ordinal);

            await page.Locator("input[autocomplete='new-password']").FillAsync("short");
            await SendAsync(page);
            await Assertions.Expect(page.Locator(".field.wrong .error")).ToContainTextAsync("8 characters");
            await page.Locator("input[autocomplete='new-password']").FillAsync(NewPassword);
            await SendAsync(page);
            await page.ArriveAsync(journey.At("/account"));

            await page.GotoAsync(link);
            await Assertions.Expect(page.Locator("input[autocomplete='new-password']")).ToHaveCountAsync(0);
            await Assertions.Expect(page.Locator("main a[href*='/forgot-password']").First).ToBeVisibleAsync();
        });

    [Fact]
    public Task An_address_is_changed_by_the_new_mailbox_and_taken_back_by_the_old() =>
        journey.GoAsync(async page =>
        {
            var (user, next) = (await journey.Provider.AddUserAsync(), NewAddress());
            await journey.SignInAtAccountAsync(page, user.Email);
            await page.GotoAsync(journey.At("/account/email"));
            await page.Locator("input[autocomplete='email']").FillAsync(next);
            await SendAsync(page);
            await Assertions.Expect(page.Locator(".done")).ToBeVisibleAsync();

            await OpenMailAsync(page, next);
            await SendAsync(page);
            await Assertions.Expect(page.Locator(".lead")).ToHaveTextAsync(next);
            await OpenMailAsync(page, user.Email);
            await SendAsync(page);

            await page.ArriveAsync(address => address.Contains("/forgot-password", StringComparison.Ordinal));
            Assert.Equal(
                user.Email,
                await journey.Database.ScalarAsync<string>("SELECT email FROM users WHERE id = @id", ("id", user.Id))
            );
        });

    [Fact]
    public Task A_link_in_a_mail_signs_in_the_browser_that_asked_and_no_other() =>
        journey.GoAsync(async page =>
        {
            var user = await journey.Provider.AddUserAsync();
            await page.GotoAsync(journey.At("/sign-in"));
            await page.Locator("a[href*='/sign-in/link']").ClickAsync();
            await page.Locator("input[autocomplete~='username']").FillAsync(user.Email);
            await SendAsync(page);
            string? link = null;
            await journey.GoAsync(async other =>
            {
                link = await OpenMailAsync(other, user.Email);
                await Assertions.Expect(other.Locator("main form button.main")).ToHaveCountAsync(0);
            });

            await page.GotoAsync(link!);
            await SendAsync(page);

            await page.ArriveAsync(journey.At("/account"));
        });

    private static string NewAddress() => $"{Guid.NewGuid():N}@example.org";

    private static Task SendAsync(IPage page) => page.Locator("main form").Locator(Journey.Sends).First.ClickAsync();

    /// <summary>Opens the newest mail to an address in the mailbox page, and the link in it. Returns the
    /// link.</summary>
    private async Task<string> OpenMailAsync(IPage page, string address)
    {
        await page.GotoAsync(journey.At("/dev/mailbox"));
        await page.Locator("main li", new() { Has = page.Locator("bdi", new() { HasTextString = address }) })
            .Locator("a")
            .First.ClickAsync();
        await page.Locator("main details summary").ClickAsync();
        var link = page.Locator(".mail-text a[href*='token=']").First;
        var target = (await link.GetAttributeAsync("href"))!;
        await link.ClickAsync();
        await page.ArriveAsync(static url => !url.Contains("/dev/mailbox", StringComparison.Ordinal));
        return target;
    }

    /// <summary>Signing in by a link is off by default.</summary>
    public sealed class WithLinks : Journey
    {
        protected override IReadOnlyDictionary<string, string?> Settings =>
            new Dictionary<string, string?> { ["Identity:Recovery:MagicLinks"] = "true" };
    }
}
