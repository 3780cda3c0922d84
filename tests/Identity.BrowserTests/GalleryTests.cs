using System.Net.Http.Json;
using System.Text.Json;
using Identity.Core.Administration;
using Identity.Core.Mail;
using Identity.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;

namespace Identity.BrowserTests;

/// <summary>
/// Draws <c>docs/gallery</c> anew: <c>IDENTITY_GALLERY=1 dotnet test tests/Identity.BrowserTests --filter Gallery</c>.
/// With <c>IDENTITY_GALLERY=console</c> it draws only the console, with <c>ways</c> only the other ways in (passkeys,
/// other providers, devices, mails), and leaves the rest. Otherwise it looks at the pictures that are there.
/// </summary>
public sealed class GalleryTests(GalleryTests.Drawn journey) : IClassFixture<GalleryTests.Drawn>
{
    private const int MaxBytes = 60 * 1024;
    private static readonly string Folder = Repository.PathOf("docs/gallery");

    private static readonly (string Name, int Width, int Height)[] Windows =
    [
        ("phone", 390, 780),
        ("desktop", 1200, 800),
    ];

    [Fact]
    public async Task The_gallery_holds_every_page_in_small_pictures()
    {
        if (Environment.GetEnvironmentVariable("IDENTITY_GALLERY") is { Length: > 0 } wish)
            await DrawAsync(wish);

        var pictures = new DirectoryInfo(Folder).GetFiles("*.jpg");
        Assert.NotEmpty(pictures);
        Assert.All(pictures, picture => Assert.InRange(picture.Length, 1, MaxBytes));
    }

    private async Task DrawAsync(string wish)
    {
        var all = wish is not ("ways" or "console");
        Directory.CreateDirectory(Folder);
        foreach (var old in all ? new DirectoryInfo(Folder).GetFiles("*.jpg") : [])
            old.Delete();
        foreach (var (window, width, height) in Windows)
        {
            foreach (var scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
            {
                var options = new BrowserNewContextOptions
                {
                    ColorScheme = scheme,
                    ViewportSize = new() { Width = width, Height = height },
                };
                var look = $"{window}-{(scheme == ColorScheme.Light ? "light" : "dark")}";
                if (wish == "console")
                {
                    await journey.GoAsync(page => DrawConsoleAsync(page, look), options);
                    continue;
                }
                if (all)
                {
                    await journey.GoAsync(page => DrawAsync(page, look), options);
                    await journey.GoAsync(page => DrawConsoleAsync(page, look), options);
                }
                // Last, for some of these pages have more to show here than above.
                await journey.GoAsync(page => DrawWaysAsync(page, look), options);
            }
        }
    }

    private async Task DrawAsync(IPage page, string look)
    {
        var user = await journey.Provider.AddUserAsync($"ada.{look}@example.org");
        foreach (
            var (path, name) in new[]
            {
                ("/register", "register"),
                ("/forgot-password", "forgot-password"),
                ("/signed-out", "signed-out"),
                ("/account-deleted", "account-deleted"),
                ("/no-such-page", "error"),
            }
        )
        {
            await page.GotoAsync(journey.At(path));
            await KeepAsync(name);
        }
        await page.GotoAsync(journey.At("/forgot-password"));
        await page.GetByLabel("Email address").FillAsync(user.Email);
        await page.GetByRole(AriaRole.Button, new() { Name = "Send link" }).ClickAsync();
        await KeepAsync("forgot-password-sent");
        await page.GotoAsync(journey.AtWebApp());
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await KeepAsync("sign-in");
        await Journey.SignInAsync(page, user.Email, "not-the-password");
        await KeepAsync("sign-in-wrong");
        await Journey.SignInAsync(page, user.Email);
        await KeepAsync("consent");
        await page.Locator("button[value='allow']").ClickAsync();
        await page.ArriveAsync(journey.AtWebApp("/Claims"));
        await KeepAsync("webapp-claims");
        for (var i = 0; i < 2; i++)
        {
            await page.GotoAsync(journey.AtWebApp("/Refresh"));
            await page.GetByRole(AriaRole.Button, new() { Name = "Refresh now" }).ClickAsync();
            await Assertions.Expect(page.Locator("#after")).ToBeVisibleAsync();
        }
        foreach (var address in EveryPage.Account)
        {
            await page.GotoAsync(journey.At(address));
            await page.EvaluateAsync(
                "() => document.querySelectorAll('main details').forEach(details => details.open = true)"
            );
            await KeepAsync(address.Trim('/').Replace('/', '-'));
        }
        if (look.StartsWith("phone", StringComparison.Ordinal))
        {
            await page.GotoAsync(journey.At("/account"));
            await page.Locator("nav summary").ClickAsync();
            await KeepAsync("account-menu");
        }
        await SetUpTwoFactorAsync(page);
        await KeepAsync("account-two-factor-codes");
        await page.GotoAsync(journey.At("/account/two-factor"));
        await KeepAsync("account-two-factor-on");
        await page.GotoAsync(journey.At("/account"));
        await KeepAsync("account-later");
        await ChooseArabicAsync(page);
        await KeepAsync("account-arabic");
        await page.GotoAsync(journey.At("/account/activity"));
        await KeepAsync("account-activity-arabic");
        await page.Context.ClearCookiesAsync();
        await page.GotoAsync(journey.At("/sign-in"));
        await Journey.SignInAsync(page, user.Email);
        await KeepAsync("two-factor");

        Task KeepAsync(string name) => GalleryTests.KeepAsync(page, name, look);
    }

    private static async Task ChooseArabicAsync(IPage page)
    {
        await page.Locator("details:has(button[value='ar']) summary").ClickAsync();
        await page.Locator("button[value='ar']").ClickAsync();
    }

    private async Task DrawConsoleAsync(IPage page, string look)
    {
        var user = await journey.Provider.AddUserAsync($"ada.console.{look}@example.org");
        await journey.Provider.GrantAsync(user.Id, AdminRole.Admin);
        await PageLooksTests.DefineAttributeAsync(journey.Database);
        await journey.SignInAtAccountAsync(page, user.Email);
        foreach (
            var (path, name) in new[]
            {
                ("/admin", "console"),
                ("/admin/people", "console-people"),
                ($"/admin/people/{user.Id}", "console-person"),
                ("/admin/apps/app?id=webapp", "console-app"),
                ("/admin/apps/new", "console-app-new"),
                ("/admin/audit", "console-audit"),
                ("/admin/roles", "console-roles"),
                ("/admin/webhooks/new", "console-webhook-new"),
                ("/admin/attributes", "console-attributes"),
                ("/admin/settings", "console-settings"),
            }
        )
        {
            await page.GotoAsync(journey.At(path));
            await KeepAsync(page, name, look);
        }
        await page.GotoAsync(journey.At($"/admin/people/{user.Id}"));
        await ChooseArabicAsync(page);
        await KeepAsync(page, "console-person-arabic", look);
    }

    private async Task DrawWaysAsync(IPage page, string look)
    {
        var user = await journey.Provider.AddUserAsync($"ada.plum.{look}@example.org");
        await page.GotoAsync(journey.At("/check-mail"));
        await page.Locator("input[autocomplete='username']").FillAsync(user.Email);
        await SendAsync();
        await KeepAsync("check-mail");
        await page.GotoAsync(journey.At("/forgot-password"));
        await page.Locator("input[autocomplete~='username']").FillAsync(user.Email);
        await SendAsync();
        await page.GotoAsync(await LinkToAsync(user.Email));
        await KeepAsync("reset-password");

        await page.Context.ClearCookiesAsync();
        await journey.SignInAtAccountAsync(page, user.Email);
        await page.GotoAsync(
            journey.At(
                "/connect/authorize?client_id=webapp&response_type=code&scope=openid&prompt=select_account"
                    + "&code_challenge_method=S256&code_challenge="
                    + new string('A', 43)
                    + "&redirect_uri="
                    + Uri.EscapeDataString(journey.AtWebApp("/signin-oidc"))
            )
        );
        await KeepAsync("choose-account");
        await AskForCodeAsync();
        await PasskeyJourneyTests.AddAuthenticatorAsync(page);
        await page.GotoAsync(journey.At("/account/passkeys"));
        await page.GetByLabel("Name").FillAsync("My laptop");
        await page.GetByRole(AriaRole.Button, new() { Name = "Create passkey" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "My laptop" })).ToBeVisibleAsync();
        await KeepAsync("account-passkeys");
        await journey.Database.ExecuteAsync(
            "INSERT INTO idp.external_logins (provider, subject, user_id, display_name, issuer) VALUES ('work', "
                + "@subject, @id, 'ada@office.example', @issuer)",
            ("subject", look),
            ("id", user.Id),
            ("issuer", Drawn.Office)
        );
        await page.GotoAsync(journey.At("/account/external"));
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "The Office" })).ToBeVisibleAsync();
        await KeepAsync("account-external");

        Task KeepAsync(string name) => GalleryTests.KeepAsync(page, name, look);

        Task SendAsync() => page.Locator("main form").Locator(Journey.Sends).First.ClickAsync();

        async Task AskForCodeAsync()
        {
            using HttpClient television = new();
            using FormUrlEncodedContent wish = new([
                new("client_id", "tv"),
                new("scope", "openid profile email offline_access"),
            ]);
            using var answer = await television.PostAsync(new Uri(journey.At("/connect/device")), wish);
            var asked = await answer.Content.ReadFromJsonAsync<JsonElement>();
            await page.GotoAsync(journey.At("/device"));
            await KeepAsync("device");
            await page.Locator("input[name='Input.Code']").FillAsync(asked.GetProperty("user_code").GetString()!);
            await SendAsync();
            await Assertions.Expect(page.Locator("button[value='allow']")).ToBeVisibleAsync();
            await KeepAsync("device-question");
        }
    }

    private async Task<string> LinkToAsync(string email)
    {
        var mails = await journey.Provider.Host.Services.GetRequiredService<MailboxReader>().ListAsync(200, default);
        return mails
            .First(mail => mail.Content.To == email)
            .Content.Text.Split((char[]?)null)
            .First(static word => word.Contains("?token=", StringComparison.Ordinal));
    }

    private static async Task KeepAsync(IPage page, string name, string look)
    {
        await page.EvaluateAsync("() => document.fonts.ready");
        // Smaller until it fits: a picture in a document, not a photograph.
        foreach (var quality in new[] { 70, 50, 35, 20 })
        {
            var picture = await page.ScreenshotAsync(
                new()
                {
                    Type = ScreenshotType.Jpeg,
                    Quality = quality,
                    Animations = ScreenshotAnimations.Disabled,
                }
            );
            await File.WriteAllBytesAsync(Path.Combine(Folder, $"{name}-{look}.jpg"), picture);
            if (picture.Length <= MaxBytes)
                return;
        }
    }

    private async Task SetUpTwoFactorAsync(IPage page)
    {
        await page.GotoAsync(journey.At("/account/two-factor/set-up"));
        var key = OtpNet.Base32Encoding.ToBytes(
            (await page.Locator("#key").InnerTextAsync()).Replace(" ", "", StringComparison.Ordinal)
        );
        await page.Locator("input[autocomplete='one-time-code']").FillAsync(new OtpNet.Totp(key).ComputeTotp());
        await page.Locator("main form").Locator(Journey.Sends).First.ClickAsync();
        await Assertions.Expect(page.Locator(".codes li")).ToHaveCountAsync(10);
    }

    /// <summary>The web app has to ask for consent, a television and two other providers are there, so that their pages
    /// can be drawn.</summary>
    public sealed class Drawn : Journey
    {
        /// <summary>Another provider. Nobody goes there.</summary>
        public const string Office = "https://office.example/";

        protected override IReadOnlyDictionary<string, string?> Settings =>
            new Dictionary<string, string?>
            {
                ["Identity:Clients:webapp:RequireConsent"] = "true",
                ["Identity:Clients:tv:Profile"] = "Native",
                ["Identity:Clients:tv:Name"] = "Sample television",
                ["Identity:Clients:tv:GrantTypes:0"] = "urn:ietf:params:oauth:grant-type:device_code",
                ["Identity:Clients:tv:GrantTypes:1"] = "refresh_token",
                ["Identity:Clients:tv:Scopes:0"] = "openid",
                ["Identity:Clients:tv:Scopes:1"] = "profile",
                ["Identity:Clients:tv:Scopes:2"] = "email",
                ["Identity:Clients:tv:Scopes:3"] = "offline_access",
                ["Identity:ExternalProviders:work:Authority"] = Office,
                ["Identity:ExternalProviders:work:ClientId"] = "identity",
                ["Identity:ExternalProviders:work:DisplayName"] = "The Office",
                ["Identity:ExternalProviders:school:Authority"] = "https://school.example/",
                ["Identity:ExternalProviders:school:ClientId"] = "identity",
                ["Identity:ExternalProviders:school:DisplayName"] = "The School",
            };
    }
}
