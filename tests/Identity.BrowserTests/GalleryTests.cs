using Identity.Testing;
using Microsoft.Playwright;

namespace Identity.BrowserTests;

/// <summary>Draws <c>docs/gallery</c> anew: <c>IDENTITY_GALLERY=1 dotnet test tests/Identity.BrowserTests --filter Gallery</c>. Otherwise it looks at the pictures that are there.</summary>
public sealed class GalleryTests(GalleryTests.Drawn journey) : IClassFixture<GalleryTests.Drawn>
{
    private const int MostBytes = 60 * 1024;
    private static readonly string Folder = Repository.PathOf("docs/gallery");

    private static readonly (string Name, int Width, int Height)[] Windows = [("phone", 390, 780), ("desktop", 1200, 800)];

    [Fact]
    public async Task The_gallery_holds_every_page_in_small_pictures()
    {
        if (Environment.GetEnvironmentVariable("IDENTITY_GALLERY") == "1")
            await DrawAsync();

        var pictures = new DirectoryInfo(Folder).GetFiles("*.jpg");
        Assert.NotEmpty(pictures);
        Assert.All(pictures, picture => Assert.InRange(picture.Length, 1, MostBytes));
    }

    private async Task DrawAsync()
    {
        Directory.CreateDirectory(Folder);
        foreach (var old in new DirectoryInfo(Folder).GetFiles("*.jpg"))
            old.Delete();
        foreach (var (window, width, height) in Windows)
        {
            foreach (var scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
            {
                var options = new BrowserNewContextOptions { ColorScheme = scheme, ViewportSize = new() { Width = width, Height = height } };
                await journey.GoAsync(page => DrawAsync(page, $"{window}-{(scheme == ColorScheme.Light ? "light" : "dark")}"), options);
            }
        }
    }

    private async Task DrawAsync(IPage page, string look)
    {
        var user = await journey.Provider.AddUserAsync($"ada.{look}@example.org");
        foreach (var (path, name) in new[] { ("/register", "register"), ("/forgot-password", "forgot-password"), ("/forgot-password?sent", "forgot-password-sent"), ("/signed-out", "signed-out"), ("/account-deleted", "account-deleted"), ("/no-such-page", "error") })
        {
            await page.GotoAsync(journey.At(path));
            await KeepAsync(name);
        }
        await page.GotoAsync(journey.AtWebApp());
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await KeepAsync("sign-in");
        await Journey.SignInAsync(page, user.Email, "not-the-password");
        await KeepAsync("sign-in-wrong");
        await Journey.SignInAsync(page, user.Email);
        await KeepAsync("consent");
        await page.Locator("button[value='allow']").ClickAsync();
        await page.WaitForURLAsync(journey.AtWebApp("/Claims"));
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
            await page.EvaluateAsync("() => document.querySelectorAll('main details').forEach(details => details.open = true)");
            await KeepAsync(address.Trim('/').Replace('/', '-'));
        }
        await SetUpTwoFactorAsync(page);
        await KeepAsync("account-two-factor-codes");
        await page.GotoAsync(journey.At("/account/two-factor"));
        await KeepAsync("account-two-factor-on");
        await page.Context.ClearCookiesAsync();
        await page.GotoAsync(journey.At("/sign-in"));
        await Journey.SignInAsync(page, user.Email);
        await KeepAsync("two-factor");

        async Task KeepAsync(string name)
        {
            await page.EvaluateAsync("() => document.fonts.ready");
            // Smaller until it fits: a picture in a document, not a photograph.
            foreach (var quality in new[] { 70, 50, 35, 20 })
            {
                var picture = await page.ScreenshotAsync(new() { Type = ScreenshotType.Jpeg, Quality = quality, Animations = ScreenshotAnimations.Disabled });
                await File.WriteAllBytesAsync(Path.Combine(Folder, $"{name}-{look}.jpg"), picture);
                if (picture.Length <= MostBytes)
                    return;
            }
        }
    }

    private async Task SetUpTwoFactorAsync(IPage page)
    {
        await page.GotoAsync(journey.At("/account/two-factor/set-up"));
        var key = OtpNet.Base32Encoding.ToBytes((await page.Locator("#key").InnerTextAsync()).Replace(" ", "", StringComparison.Ordinal));
        await page.Locator("input[autocomplete='one-time-code']").FillAsync(new OtpNet.Totp(key).ComputeTotp());
        await page.Locator("main form").Locator(Journey.Sends).First.ClickAsync();
        await Assertions.Expect(page.Locator(".codes li")).ToHaveCountAsync(10);
    }

    /// <summary>The web app has to ask for consent, so that the page can be drawn.</summary>
    public sealed class Drawn : Journey
    {
        protected override IReadOnlyDictionary<string, string?> Settings => new Dictionary<string, string?> { ["Identity:Clients:webapp:RequireConsent"] = "true" };
    }
}
