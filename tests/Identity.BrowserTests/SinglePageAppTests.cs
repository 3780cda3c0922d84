using System.Text.Json;
using Identity.Core.Audit;
using Identity.Core.Sessions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;

namespace Identity.BrowserTests;

/// <summary>
/// oidc-client-ts in Chromium: a public client with PKCE whose every call is held to what a browser allows across
/// origins. It finds all by discovery, and nothing on our side knows of it but its registration.
/// </summary>
public sealed class SinglePageAppTests(SinglePageApp app) : IClassFixture<SinglePageApp>
{
    [Fact]
    public Task It_signs_in_reads_userinfo_and_the_browser_finds_nothing_to_refuse() =>
        app.GoAsync(
            async (page, complaints) =>
            {
                var user = await app.Provider.AddUserAsync();

                await SignInAsync(page, user.Email, "Sign in");

                var profile = (await UserAsync(page)).GetProperty("profile");
                Assert.Equal(user.Id.ToString("D"), profile.GetProperty("sub").GetString());
                // Told by userinfo alone, across origins.
                Assert.Equal(user.Email, profile.GetProperty("email").GetString());
                Assert.Empty(complaints);
            }
        );

    [Fact]
    public Task It_renews_silently_by_its_refresh_token() =>
        app.GoAsync(
            async (page, complaints) =>
            {
                var user = await app.Provider.AddUserAsync();
                await SignInAsync(page, user.Email, "Sign in for longer");
                var before = await UserAsync(page);

                var request = page.WaitForRequestAsync(request =>
                    request.Url.EndsWith("/connect/token", StringComparison.Ordinal)
                );
                await RenewAsync(page);
                var form = (await request).PostData!;

                var after = await UserAsync(page);
                Assert.True(before.GetProperty("has_refresh_token").GetBoolean());
                Assert.Contains("grant_type=refresh_token", form);
                Assert.NotEqual(
                    before.GetProperty("access_token").GetString(),
                    after.GetProperty("access_token").GetString()
                );
                Assert.Equal(user.Email, after.GetProperty("profile").GetProperty("email").GetString());
                Assert.Empty(complaints);
            }
        );

    [Fact]
    public Task It_renews_silently_in_a_frame_by_prompt_none() =>
        app.GoAsync(
            async (page, complaints) =>
            {
                var user = await app.Provider.AddUserAsync();
                await SignInAsync(page, user.Email, "Sign in");
                var before = await UserAsync(page);

                var framed = page.WaitForRequestAsync(request =>
                    request.Url.Contains("prompt=none", StringComparison.Ordinal)
                );
                await RenewAsync(page);
                var frame = (await framed).Frame;

                var after = await UserAsync(page);
                Assert.False(before.GetProperty("has_refresh_token").GetBoolean());
                Assert.NotEqual(page.MainFrame, frame);
                Assert.NotEqual(
                    before.GetProperty("access_token").GetString(),
                    after.GetProperty("access_token").GetString()
                );
                Assert.Equal(
                    before.GetProperty("profile").GetProperty("sid").GetString(),
                    after.GetProperty("profile").GetProperty("sid").GetString()
                );
                Assert.Empty(complaints);
            }
        );

    [Fact]
    public Task When_the_session_is_over_the_frame_is_told_login_required() =>
        app.GoAsync(
            async (page, _) =>
            {
                var user = await app.Provider.AddUserAsync();
                await SignInAsync(page, user.Email, "Sign in");
                var session = (await UserAsync(page)).GetProperty("profile").GetProperty("sid").GetGuid();
                await app
                    .Provider.Host.Services.GetRequiredService<SessionStore>()
                    .EndAsync(session, EndReason.Logout, new RequestContext(null, null, null), CancellationToken.None);

                await page.GetByRole(AriaRole.Button, new() { Name = "Renew" }).ClickAsync();

                await Assertions.Expect(page.Locator("#error")).ToHaveTextAsync("""{"error":"login_required"}""");
            }
        );

    [Fact]
    public Task It_signs_out_and_the_next_sign_in_asks_who_is_there() =>
        app.GoAsync(
            async (page, complaints) =>
            {
                var user = await app.Provider.AddUserAsync();
                await SignInAsync(page, user.Email, "Sign in for longer");

                await page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
                await page.ArriveAsync(url => url.StartsWith(app.At("/bye"), StringComparison.Ordinal));
                await SinglePageApp.ReadyAsync(page);
                await Assertions.Expect(page.Locator("#user")).ToBeEmptyAsync();
                await Assertions.Expect(page.Locator("#error")).ToBeEmptyAsync();
                await page.GetByRole(AriaRole.Button, new() { Name = "Sign in", Exact = true }).ClickAsync();

                await Assertions.Expect(page.Locator("input[autocomplete~='current-password']")).ToBeVisibleAsync();
                Assert.Equal(
                    0L,
                    await app.Provider.Database.ScalarAsync<long>(
                        "SELECT count(*) FROM sessions WHERE user_id = @id AND is_active",
                        ("id", user.Id)
                    )
                );
                Assert.Empty(complaints);
            }
        );

    [Fact]
    public Task A_script_of_another_origin_is_refused_by_the_browser() =>
        app.GoAsync(
            async (page, _) =>
            {
                var elsewhere = SampleProgram.FreeAddress();
                await page.RouteAsync(
                    elsewhere.AbsoluteUri,
                    route =>
                        route.FulfillAsync(
                            new() { Body = "<!doctype html><title>elsewhere</title>", ContentType = "text/html" }
                        )
                );
                await page.GotoAsync(elsewhere.AbsoluteUri);

                var readable = await page.EvaluateAsync<bool>(
                    """
                    url => fetch(url, {
                        method: 'POST',
                        headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
                        body: 'grant_type=refresh_token',
                    }).then(() => true, () => false)
                    """,
                    new Uri(app.Provider.Issuer, "connect/token").AbsoluteUri
                );

                Assert.False(readable);
            }
        );

    private async Task SignInAsync(IPage page, string email, string button)
    {
        await page.GetByRole(AriaRole.Button, new() { Name = button, Exact = true }).ClickAsync();
        await Journey.SignInAsync(page, email);
        await page.ArriveAsync(app.At());
        await Assertions.Expect(page.Locator("#user")).Not.ToBeEmptyAsync();
    }

    private static async Task RenewAsync(IPage page)
    {
        var before = await page.Locator("#user").InnerTextAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Renew" }).ClickAsync();
        await Assertions.Expect(page.Locator("#user")).Not.ToHaveTextAsync(before);
        Assert.Equal("", await page.Locator("#error").InnerTextAsync());
    }

    private static async Task<JsonElement> UserAsync(IPage page) =>
        JsonElement.Parse(await page.Locator("#user").InnerTextAsync());
}
