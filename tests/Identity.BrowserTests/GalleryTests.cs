using Identity.Testing;
using Microsoft.Playwright;

namespace Identity.BrowserTests;

/// <summary>Draws <c>docs/gallery</c> anew: <c>IDENTITY_GALLERY=1 dotnet test tests/Identity.BrowserTests --filter Gallery</c>. Otherwise it looks at the pictures that are there.</summary>
public sealed class GalleryTests(Journey journey) : IClassFixture<Journey>
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
        await page.GotoAsync(journey.AtWebApp());
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await KeepAsync("sign-in");
        await page.GotoAsync(journey.At("/register"));
        await KeepAsync("register");
        await journey.SignInAtWebAppAsync(page, user.Email);
        await KeepAsync("webapp-claims");
        foreach (var address in EveryPage.Account)
        {
            await page.GotoAsync(journey.At(address));
            await KeepAsync(address.Trim('/').Replace('/', '-'));
        }

        async Task KeepAsync(string name)
        {
            // Smaller until it fits: a picture in a document, not a photograph.
            foreach (var quality in new[] { 80, 60, 40, 20 })
            {
                var picture = await page.ScreenshotAsync(new() { Type = ScreenshotType.Jpeg, Quality = quality, Animations = ScreenshotAnimations.Disabled });
                await File.WriteAllBytesAsync(Path.Combine(Folder, $"{name}-{look}.jpg"), picture);
                if (picture.Length <= MostBytes)
                    return;
            }
        }
    }
}
