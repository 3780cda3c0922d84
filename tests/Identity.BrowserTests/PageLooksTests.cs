using Identity.Testing;
using Microsoft.Playwright;

namespace Identity.BrowserTests;

/// <summary>Every page, light and dark, on a phone and at a desk: axe finds nothing, and nothing has to be pushed
/// sideways.</summary>
public sealed class PageLooksTests(PageLooksTests.AllSteps journey) : IClassFixture<PageLooksTests.AllSteps>
{
    private static readonly Guid AlertId = Guid.Parse("0193a1b2-0000-7000-8000-00000000a1e7");
    private static readonly Guid WebhookId = Guid.Parse("0193a1b2-0000-7000-8000-000000000eb4");

    [Theory]
    [InlineData(ColorScheme.Light, "en")]
    [InlineData(ColorScheme.Dark, "ar")]
    public async Task Axe_finds_nothing(ColorScheme scheme, string language)
    {
        List<string> findings = [];

        await VisitAllAsync(
            new() { ColorScheme = scheme, Locale = language },
            async page =>
                findings.AddRange((await Looks.FindingsAsync(page)).Select(finding => $"{page.Url} {finding}"))
        );

        Assert.True(findings.Count == 0, string.Join(Environment.NewLine, findings.Distinct()));
    }

    [Fact]
    public async Task A_phone_of_360_pixels_has_no_sideways_scroll()
    {
        List<string> wide = [];

        await VisitAllAsync(
            new()
            {
                ViewportSize = new() { Width = 360, Height = 640 },
                IsMobile = true,
                HasTouch = true,
            },
            async page =>
            {
                if (await Looks.OverflowAsync(page) is > 0 and var pixels)
                    wide.Add($"{page.Url}: {pixels} pixels too wide");
            }
        );

        Assert.True(wide.Count == 0, string.Join(Environment.NewLine, wide));
    }

    [Theory]
    [InlineData("ja")]
    [InlineData("hi")]
    [InlineData("pl")]
    public Task A_phone_shows_signing_in_and_up_in_languages_that_break_lines_in_other_places(string language) =>
        journey.GoAsync(
            async page =>
            {
                List<string> findings = [];
                foreach (var path in (string[])["/sign-in", "/register", "/forgot-password", "/error"])
                {
                    await page.GotoAsync(journey.At(path));
                    findings.AddRange((await Looks.FindingsAsync(page)).Select(finding => $"{path} {finding}"));
                    if (await Looks.OverflowAsync(page) is > 0 and var pixels)
                        findings.Add($"{path}: {pixels} pixels too wide");
                }
                await page.GotoAsync(journey.At("/sign-in"));
                await page.Locator(".foot summary").ClickAsync();
                var wide = await Looks.OverflowAsync(page);
                await page.Locator(".foot button[value='tr']").ClickAsync();

                Assert.Empty(findings);
                Assert.True(wide <= 0, $"The languages are {wide} pixels too wide.");
                await Assertions.Expect(page.Locator("html[lang='tr']")).ToBeAttachedAsync();
            },
            new()
            {
                Locale = language,
                ViewportSize = new() { Width = 360, Height = 640 },
                IsMobile = true,
                HasTouch = true,
            }
        );

    [Fact]
    public Task The_checks_can_fail() =>
        journey.GoAsync(async page =>
        {
            await page.SetContentAsync(
                "<!DOCTYPE html><html><body><div style='width:3000px'>wide</div><input></body></html>"
            );

            Assert.NotEmpty(await Looks.FindingsAsync(page));
            Assert.True(await Looks.OverflowAsync(page) > 0);
        });

    // With an app of the database, whose settings have a form, an alert, and a webhook to which something was sent.
    private async Task BecomeAdministratorAsync(Guid userId)
    {
        await journey.Database.ExecuteAsync(
            """
            INSERT INTO idp.user_roles (user_id, role_id)
            SELECT @user, id FROM idp.roles WHERE name = 'identity-admin' ON CONFLICT DO NOTHING
            """,
            ("user", userId)
        );
        await journey.Database.ExecuteAsync(
            """
            INSERT INTO idp.clients (client_id, definition, source)
            VALUES ('stored', '{"profile": "spa", "redirect_uris": ["https://stored.example/cb"]}', 'administration')
            ON CONFLICT DO NOTHING;
            INSERT INTO idp.alerts (id, rule, subject, value, threshold, opened_at, last_seen_at)
            VALUES ('0193a1b2-0000-7000-8000-00000000a1e7', 'credential_stuffing', '192.0.2.7', 21, 20, now(), now())
            ON CONFLICT DO NOTHING;
            WITH webhook AS (
                INSERT INTO idp.webhook_endpoints (id, url, description, event_types, secret_protected)
                VALUES ('0193a1b2-0000-7000-8000-000000000eb4', 'https://app.example/hooks', 'Removes accounts',
                    '{user.deleted,user.deactivated}', '\x00') ON CONFLICT DO NOTHING RETURNING id),
                 event AS (
                INSERT INTO idp.events (type, user_id, data)
                SELECT 'user.deleted', gen_random_uuid(), '{}' FROM webhook RETURNING seq, user_id)
            INSERT INTO idp.webhook_deliveries (endpoint_id, event_seq, user_id, attempts, last_status, delivered_at)
            SELECT webhook.id, event.seq, event.user_id, 1, 204, now() FROM webhook, event
            """
        );
    }

    // With an attribute and a claim, so that their lists and forms have something to show.
    internal static Task DefineAttributeAsync(TestDatabase database) =>
        database.ExecuteAsync(
            """
            INSERT INTO idp.attribute_definitions (name, value_type, labels, visible_to, editable_by)
            VALUES ('department', 'text', '{"en": "Department"}', 'person', 'administrator') ON CONFLICT DO NOTHING;
            INSERT INTO idp.claim_mappings
                (claim, scope, source, source_name, in_id_token, in_access_token, in_user_info)
            VALUES ('dept', 'profile', 'attribute', 'department', true, false, true) ON CONFLICT DO NOTHING
            """
        );

    private static string Of(string path, Guid person) =>
        path.Replace("{id}", person.ToString(), StringComparison.Ordinal)
            .Replace("{alert}", AlertId.ToString(), StringComparison.Ordinal)
            .Replace("{webhook}", WebhookId.ToString(), StringComparison.Ordinal);

    private Task VisitAllAsync(BrowserNewContextOptions options, Func<IPage, Task> look) =>
        journey.GoAsync(
            async page =>
            {
                var user = await journey.Provider.AddUserAsync();
                await EachAsync(EveryPage.Open.Select(journey.At));
                await WrongAsync(EveryPage.OpenForms);
                await MailedCodeAsync(user.Email);
                await journey.SignInAtWebAppAsync(page, user.Email);
                await EachAsync(EveryPage.Account.Select(journey.At).Concat(EveryPage.WebApp.Select(journey.AtWebApp)));
                await WrongAsync(EveryPage.AccountForms);
                await BecomeAdministratorAsync(user.Id);
                await DefineAttributeAsync(journey.Database);
                await EachAsync(EveryPage.Console.Select(path => journey.At(Of(path, user.Id))));
                await WrongAsync(EveryPage.ConsoleForms);
                await UnusualSignInAsync(user.Email);
                await page.GotoAsync(journey.At("/sign-in"));

                // The page asks for the code only after one was requested.
                async Task MailedCodeAsync(string email)
                {
                    await page.GotoAsync(journey.At("/sign-in/code"));
                    await page.Locator("input[autocomplete='username']").FillAsync(email);
                    await page.Locator("main form").Locator(Journey.Sends).First.ClickAsync();
                    await page.ArriveAsync(journey.At("/sign-in/code?sent"));
                    await look(page);
                    await SendEmptyAsync();
                }

                // From a browser that the account does not know.
                async Task UnusualSignInAsync(string email)
                {
                    await page.Context.ClearCookiesAsync();
                    await page.GotoAsync(journey.At("/sign-in"));
                    await Journey.SignInAsync(page, email);
                    await page.ArriveAsync(journey.At("/confirm-sign-in"));
                    await look(page);
                    await SendEmptyAsync();
                }

                async Task SendEmptyAsync()
                {
                    await page.Locator("main form").Locator(Journey.Sends).First.ClickAsync();
                    await Assertions.Expect(page.Locator(".problems")).ToBeVisibleAsync();
                    await look(page);
                }

                // Sent with nothing in it, a form says what is wrong: a state that has to look as well.
                async Task WrongAsync(IEnumerable<string> paths)
                {
                    foreach (var path in paths)
                    {
                        await page.GotoAsync(journey.At(path));
                        await SendEmptyAsync();
                    }
                }

                async Task EachAsync(IEnumerable<string> addresses)
                {
                    foreach (var address in addresses)
                    {
                        var response = await page.GotoAsync(address);
                        Assert.True(response!.Status < 500, $"{address}: {response.Status}");
                        await look(page);
                    }
                }
            },
            options,
            nameof(PageLooksTests)
        );

    /// <summary>A provider in which every step of a sign-in can be met: a code by mail as the first factor, and one
    /// after a password from a browser that the account does not know.</summary>
    public sealed class AllSteps : Journey
    {
        protected override IReadOnlyDictionary<string, string?> Settings =>
            new Dictionary<string, string?>
            {
                ["Identity:Recovery:MailCodes"] = "true",
                ["Identity:Risk:Enabled"] = "true",
                ["Identity:Risk:SecondFactorFrom"] = "20",
            };
    }
}
