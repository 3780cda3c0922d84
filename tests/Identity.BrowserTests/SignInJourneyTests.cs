using System.Text.Json;
using Identity.Testing;
using Microsoft.Playwright;

namespace Identity.BrowserTests;

/// <summary>The main job, as a person sees it: docs/walkthroughs.md tells the same journey.</summary>
public sealed class SignInJourneyTests(Journey journey) : IClassFixture<Journey>
{
    [Fact]
    public Task A_person_signs_in_sees_claims_calls_the_API_refreshes_and_signs_out_everywhere() =>
        journey.GoAsync(async page =>
        {
            var user = await journey.Provider.AddUserAsync();

            await journey.SignInAtWebAppAsync(page, user.Email);
            using var idToken = JsonDocument.Parse(await page.Locator("#id-token").InnerTextAsync());
            using var userInfo = JsonDocument.Parse(await page.Locator("#userinfo").InnerTextAsync());
            var sid = idToken.RootElement.GetProperty("sid").GetString();
            Assert.Equal(journey.Provider.Issuer.AbsoluteUri, idToken.RootElement.GetProperty("iss").GetString());
            Assert.Equal(user.Email, userInfo.RootElement.GetProperty("email").GetString());
            await Assertions.Expect(page.Locator("#claims")).ToContainTextAsync(user.Email);
            Assert.Equal(
                idToken.RootElement.GetProperty("sub").GetString(),
                userInfo.RootElement.GetProperty("sub").GetString()
            );
            Assert.Equal(
                1L,
                await CountAsync("SELECT count(*) FROM sessions WHERE user_id = @id AND is_active", user.Id)
            );
            Assert.Equal(
                sid,
                (
                    await journey.Database.ScalarAsync<Guid>(
                        "SELECT id FROM sessions WHERE user_id = @id",
                        ("id", user.Id)
                    )
                ).ToString()
            );

            await page.GetByRole(AriaRole.Link, new() { Name = "Call the API" }).ClickAsync();
            Assert.Equal("200", await page.Locator("#status").InnerTextAsync());
            using var answer = JsonDocument.Parse(await page.Locator("#answer").InnerTextAsync());
            using var header = JsonDocument.Parse(await page.Locator("#token-header").InnerTextAsync());
            Assert.Equal(
                idToken.RootElement.GetProperty("sub").GetString(),
                answer.RootElement.GetProperty("hello").GetString()
            );
            Assert.Contains(
                "api",
                answer.RootElement.GetProperty("scopes").EnumerateArray().Select(scope => scope.GetString())
            );
            Assert.Equal("at+jwt", header.RootElement.GetProperty("typ").GetString());

            await page.GetByRole(AriaRole.Link, new() { Name = "Refresh" }).ClickAsync();
            await page.GetByRole(AriaRole.Button, new() { Name = "Refresh now" }).ClickAsync();
            await Assertions.Expect(page.Locator("#after")).ToBeVisibleAsync();
            Assert.Equal(
                2L,
                await CountAsync(
                    "SELECT count(*) FROM refresh_tokens t JOIN sessions s ON s.id = t.session_id WHERE s.user_id = "
                        + "@id",
                    user.Id
                )
            );
            Assert.Equal(
                1L,
                await CountAsync(
                    "SELECT count(*) FROM refresh_tokens t JOIN sessions s ON s.id = t.session_id WHERE s.user_id = "
                        + "@id AND t.used_at IS NULL AND t.revoked_at IS NULL",
                    user.Id
                )
            );

            await SignOutEverywhereAsync(page);
            Assert.Equal(
                0L,
                await CountAsync("SELECT count(*) FROM sessions WHERE user_id = @id AND is_active", user.Id)
            );
            Assert.Equal(
                0L,
                await CountAsync(
                    "SELECT count(*) FROM refresh_tokens t JOIN sessions s ON s.id = t.session_id WHERE s.user_id = "
                        + "@id AND t.used_at IS NULL AND t.revoked_at IS NULL AND NOT EXISTS (SELECT FROM "
                        + "idp.token_families f WHERE f.id = t.family_id AND f.revoked_at IS NOT NULL)",
                    user.Id
                )
            );
            Assert.Equal(
                1L,
                await CountAsync(
                    "SELECT count(*) FROM audit_logs WHERE user_id = @id AND event_type = 'login' AND event_status = "
                        + "'success'",
                    user.Id
                )
            );
            Assert.Equal(
                1L,
                await CountAsync(
                    "SELECT count(*) FROM audit_logs WHERE user_id = @id AND event_type = 'logout' AND event_status = "
                        + "'success'",
                    user.Id
                )
            );

            await page.GotoAsync(journey.AtWebApp());
            await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
            await Assertions.Expect(page.Locator("input[autocomplete~='current-password']")).ToBeVisibleAsync();
        });

    [Fact]
    public Task After_signing_out_here_only_the_next_sign_in_asks_for_nothing() =>
        journey.GoAsync(async page =>
        {
            var user = await journey.Provider.AddUserAsync();
            await journey.SignInAtWebAppAsync(page, user.Email);

            await page.GotoAsync(journey.AtWebApp());
            await page.GetByRole(AriaRole.Button, new() { Name = "Sign out here only" }).ClickAsync();
            await page.ArriveAsync(journey.AtWebApp("/signed-out"));
            await page.GotoAsync(journey.AtWebApp());
            await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();

            await page.ArriveAsync(journey.AtWebApp("/Claims"));
            Assert.Equal(1L, await CountAsync("SELECT count(*) FROM sessions WHERE user_id = @id", user.Id));
        });

    [Fact]
    public Task A_wrong_password_keeps_the_address_and_says_nothing_of_accounts() =>
        journey.GoAsync(async page =>
        {
            var user = await journey.Provider.AddUserAsync();
            await page.GotoAsync(journey.At("/sign-in"));

            await Journey.SignInAsync(page, user.Email, "not-the-password");
            var known = await page.Locator("main").InnerTextAsync();
            Assert.Equal(user.Email, await page.Locator("input[autocomplete~='username']").InputValueAsync());
            await Journey.SignInAsync(page, "nobody-at-all@example.org", "not-the-password");
            var unknown = await page.Locator("main").InnerTextAsync();

            Assert.Equal(known, unknown);
            Assert.Equal("", await page.Locator("input[autocomplete~='current-password']").InputValueAsync());
        });

    [Fact]
    public Task The_back_button_shows_nothing_after_signing_out() =>
        journey.GoAsync(async page =>
        {
            var user = await journey.Provider.AddUserAsync();
            await journey.SignInAtWebAppAsync(page, user.Email);
            await page.GotoAsync(journey.At("/account"));
            Assert.Contains(user.Email, await page.Locator("body").InnerTextAsync(), StringComparison.Ordinal);

            await page.GotoAsync(journey.AtWebApp());
            await SignOutEverywhereAsync(page);
            // Back over the pages of signing out, to where the account page was.
            for (
                var i = 0;
                i < 8 && !page.Url.StartsWith(journey.Provider.Issuer.AbsoluteUri, StringComparison.Ordinal);
                i++
            )
                await page.GoBackAsync();
            await page.GotoAsync(journey.At("/account"));

            Assert.DoesNotContain(user.Email, await page.Locator("body").InnerTextAsync(), StringComparison.Ordinal);
            await Assertions.Expect(page.Locator("input[autocomplete~='current-password']")).ToBeVisibleAsync();
        });

    [Fact]
    public Task The_keyboard_alone_is_enough() =>
        journey.GoAsync(async page =>
        {
            var user = await journey.Provider.AddUserAsync();
            await page.GotoAsync(journey.AtWebApp());

            await TabToAsync(page, "button");
            await page.Keyboard.PressAsync("Enter");
            await page.ArriveAsync(address => address.Contains("/sign-in", StringComparison.Ordinal));
            await TabToAsync(page, "input[autocomplete~='username']");
            await page.Keyboard.TypeAsync(user.Email);
            await TabToAsync(page, "input[autocomplete~='current-password']");
            await page.Keyboard.TypeAsync(ConfiguredProvider.Password);
            await page.Keyboard.PressAsync("Enter");

            await page.ArriveAsync(journey.AtWebApp("/Claims"));
        });

    [Fact]
    public Task JavaScript_is_not_needed() =>
        journey.GoAsync(
            async page =>
            {
                var user = await journey.Provider.AddUserAsync();

                await journey.SignInAtWebAppAsync(page, user.Email);
                await SignOutEverywhereAsync(page);

                Assert.Equal(
                    0L,
                    await CountAsync("SELECT count(*) FROM sessions WHERE user_id = @id AND is_active", user.Id)
                );
            },
            new() { JavaScriptEnabled = false }
        );

    private async Task SignOutEverywhereAsync(IPage page)
    {
        await page.GotoAsync(journey.AtWebApp());
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out everywhere" }).ClickAsync();
        // The provider may ask first; it does not where the ID token says whose session it is (WB-2).
        await page.ArriveAsync(address =>
            address == journey.AtWebApp("/signed-out")
            || address.StartsWith(journey.At("/sign-out"), StringComparison.Ordinal)
        );
        if (page.Url != journey.AtWebApp("/signed-out"))
        {
            await page.Locator("main").Locator(Journey.Sends).First.ClickAsync();
            await page.ArriveAsync(journey.AtWebApp("/signed-out"));
        }
    }

    // As a person does who cannot see where the focus starts: forward, until it is there.
    private static async Task TabToAsync(IPage page, string target)
    {
        for (var i = 0; i < 20; i++)
        {
            if (
                await page.EvaluateAsync<bool>("selector => document.activeElement?.matches(selector) ?? false", target)
            )
                return;
            await page.Keyboard.PressAsync("Tab");
        }

        Assert.Fail($"The Tab key never came to {target}.");
    }

    private Task<long> CountAsync(string sql, Guid userId) => journey.Database.ScalarAsync<long>(sql, ("id", userId));
}
