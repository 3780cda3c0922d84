using System.Text.RegularExpressions;
using Identity.Core.Mail;
using Identity.Testing;
using Microsoft.AspNetCore.WebUtilities;

namespace Identity.IntegrationTests.Pages;

/// <summary>The look and the wording that an operator gives the installation and an app.</summary>
public sealed class ThemeTests(ThemeTests.Themed fixture) : IClassFixture<ThemeTests.Themed>
{
    [Fact]
    public async Task The_sign_in_page_of_an_app_has_the_theme_of_the_app()
    {
        using var browser = new PageBrowser(fixture.Pages.Host);

        var page = await browser.FollowAsync(await browser.GetAsync(PagesFixture.AuthorizeUrl));
        var sheet = await browser.GetAsync(Link(page, "theme-shop"));

        Assert.Contains("<span>Shop</span>", page.Html, StringComparison.Ordinal);
        Assert.Contains(
            """<source srcset="/dark.svg" media="(prefers-color-scheme: dark)">""",
            page.Html,
            StringComparison.Ordinal
        );
        Assert.Contains("Example GmbH &lt;b&gt;", page.Html, StringComparison.Ordinal);
        Assert.Contains("immutable", sheet.Header("Cache-Control"), StringComparison.Ordinal);
        Assert.Contains("--radius: 0px", sheet.Html, StringComparison.Ordinal);
        Assert.Contains(".card { outline: 1px solid }", sheet.Html, StringComparison.Ordinal);
        Assert.Contains("font-family: \"Theme\", Georgia, serif", sheet.Html, StringComparison.Ordinal);
        Assert.Contains("--accent: #", sheet.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", page.Header("Content-Security-Policy"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_font_of_a_theme_is_served_by_this_host()
    {
        using var browser = new PageBrowser(fixture.Pages.Host);
        var page = await browser.FollowAsync(await browser.GetAsync(PagesFixture.AuthorizeUrl));
        var sheet = (await browser.GetAsync(Link(page, "theme-shop"))).Html;

        var address = sheet.Split("url(\"")[1].Split('"')[0];
        var font = await browser.GetAsync(address);

        Assert.Matches(@"^/assets/theme-shop\.[0-9a-f]{12}\.woff2\z", address);
        Assert.Equal("font/woff2", font.Header("Content-Type"));
    }

    [Fact]
    public async Task Every_other_page_has_the_theme_of_the_installation()
    {
        using var browser = new PageBrowser(fixture.Pages.Host);

        var page = await browser.GetAsync("/sign-in");

        Assert.DoesNotContain("theme-shop", page.Html, StringComparison.Ordinal);
        Assert.Contains("<span>Identity</span>", page.Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mail_on_the_way_to_an_app_has_the_look_of_the_app_and_another_one_does_not()
    {
        using var browser = new PageBrowser(fixture.Pages.Host);
        var user = await fixture.Pages.UserAsync();
        var page = await browser.FollowAsync(await browser.GetAsync(PagesFixture.AuthorizeUrl));

        await AskAsync(browser, "/forgot-password?returnUrl=" + Uri.EscapeDataString(ReturnUrl(page)), user.Email);
        var themed = await LastMailAsync();
        await AskAsync(browser, "/forgot-password", user.Email);
        var plain = await LastMailAsync();

        Assert.Equal("Shop team", themed.Sender);
        Assert.Contains("https://cdn.example/mail.png", themed.Html, StringComparison.Ordinal);
        Assert.Contains("Example GmbH &lt;b&gt;", themed.Html, StringComparison.Ordinal);
        Assert.Contains("Example GmbH <b>", themed.Text, StringComparison.Ordinal);
        Assert.Equal("Identity", plain.Sender);
        Assert.DoesNotContain("cdn.example", plain.Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_text_of_the_operators_folder_is_shown_as_text()
    {
        using var browser = new PageBrowser(fixture.Pages.Host);

        var page = await browser.GetAsync("/sign-in", "nn");

        Assert.Contains("<html lang=\"nn\" dir=\"ltr\">", page.Html, StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;alert(1)&lt;/script&gt;", page.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("<script>alert", page.Html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pt", "pt-BR")]
    [InlineData("pt-PT,en;q=0.5", "pt-BR")]
    [InlineData("zh-CN,zh;q=0.9,en;q=0.8", "zh-Hans")]
    [InlineData("zh-TW,ja;q=0.5", "ja")]
    [InlineData("zh-TW", "en")]
    [InlineData("pl;q=0.2,tr;q=0.9,de;q=0", "tr")]
    [InlineData("de;q=0", "en")]
    public async Task A_browser_is_answered_in_the_language_that_it_prefers(string accepted, string tag)
    {
        using var browser = new PageBrowser(fixture.Pages.Host);

        var page = await browser.GetAsync("/sign-in", accepted);

        Assert.Contains($"<html lang=\"{tag}\" dir=\"ltr\">", page.Html, StringComparison.Ordinal);
        Assert.Equal(tag, page.Header("Content-Language"));
    }

    [Theory]
    [InlineData("zh-Hans-CN", "zh-Hans")]
    [InlineData("xx pt fr", "pt-BR")]
    [InlineData("zh-HK hi", "hi")]
    public async Task An_app_may_ask_for_a_language_by_any_tag_that_means_it(string asked, string tag)
    {
        using var browser = new PageBrowser(fixture.Pages.Host);

        var page = await browser.FollowAsync(
            await browser.GetAsync(QueryHelpers.AddQueryString(PagesFixture.AuthorizeUrl, "ui_locales", asked))
        );

        Assert.Contains($"<html lang=\"{tag}\"", page.Html, StringComparison.Ordinal);
    }

    private static async Task AskAsync(PageBrowser browser, string path, string email)
    {
        var answer = await browser.SubmitAsync(await browser.GetAsync(path), [("Input.Email", email)]);
        Assert.Equal(System.Net.HttpStatusCode.SeeOther, answer.Status);
    }

    private async Task<MailContent> LastMailAsync() =>
        (await fixture.Pages.Service<MailboxReader>().ListAsync(1, default))[0].Content;

    private static string ReturnUrl(VisitedPage page) =>
        QueryHelpers.ParseQuery(page.Address.Query)["returnUrl"].ToString();

    private static string Link(VisitedPage page, string name) =>
        Regex.Match(page.Html, $"rel=\"stylesheet\" href=\"(/assets/{name}\\.[0-9a-f]+\\.css)\"").Groups[1].Value;

    /// <summary>A host whose app has a theme, and whose operator has a language of their own.</summary>
    public sealed class Themed : IAsyncLifetime
    {
        private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

        public PagesFixture Pages { get; }

        public Themed()
        {
            Write("shop.css", ".card { outline: 1px solid }\n");
            Write("shop.woff2", "wOF2 and the rest of a font");
            Write("texts/nn/language.json", """{"name": "Nynorsk", "reviewed": "person"}""");
            Write("texts/nn/SharedTexts.json", """{"Skip": "<script>alert(1)</script>"}""");
            Pages = new(
                new()
                {
                    ["Identity:Clients:shop:Theme"] = "shop",
                    ["Identity:Texts:Folder"] = Path.Combine(_folder, "texts"),
                    ["Identity:Branding:LogoUri"] = "/light.svg",
                    ["Identity:Themes:shop:Name"] = "Shop",
                    ["Identity:Themes:shop:DarkLogoUri"] = "/dark.svg",
                    ["Identity:Themes:shop:AccentColor"] = "#ffcc00",
                    ["Identity:Themes:shop:CornerRadius"] = "0",
                    ["Identity:Themes:shop:FontFamily"] = "Georgia, serif",
                    ["Identity:Themes:shop:FontFile"] = Path.Combine(_folder, "shop.woff2"),
                    ["Identity:Themes:shop:StyleSheet"] = Path.Combine(_folder, "shop.css"),
                    ["Identity:Themes:shop:Footer"] = "Example GmbH <b>",
                    ["Identity:Themes:shop:MailSender"] = "Shop team",
                    ["Identity:Themes:shop:MailLogoUri"] = "https://cdn.example/mail.png",
                }
            );
        }

        public Task InitializeAsync() => Pages.InitializeAsync();

        public async Task DisposeAsync()
        {
            await Pages.DisposeAsync();
            Directory.Delete(_folder, recursive: true);
        }

        private void Write(string file, string content)
        {
            var path = Path.Combine(_folder, file);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, content);
        }
    }
}
