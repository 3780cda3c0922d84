using System.Text;
using Identity.Server.Presentation.Branding;
using Microsoft.Extensions.Configuration;

namespace Identity.UnitTests.Pages;

public sealed class BrandingTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("#1f6f5c")]
    [InlineData("#ffff00")]
    [InlineData("#000000")]
    [InlineData("#ffffff")]
    [InlineData("#ff6a00")]
    [InlineData("#7f7f7f")]
    public void Whatever_accent_is_configured_text_and_buttons_can_be_read_in_the_light_and_in_the_dark(
        string configured
    )
    {
        var css = new Theme(null, new() { AccentColor = configured }).Accent();

        var colours = css.Split('#').Skip(1).Select(static part => Read("#" + part[..6])).ToArray();
        var (light, onLight, dark, onDark) = (colours[0], colours[1], colours[2], colours[3]);
        Assert.True(light.ContrastWith(Read("#f4f4f1")) >= 4.5);
        Assert.True(light.ContrastWith(onLight) >= 4.5);
        Assert.True(dark.ContrastWith(Read("#242729")) >= 4.5);
        Assert.True(dark.ContrastWith(onDark) >= 4.5);
    }

    [Theory]
    [InlineData("#1f6f5c")]
    [InlineData("#ffff00")]
    [InlineData("#000000")]
    [InlineData("#ff6a00")]
    public void The_button_of_a_mail_has_the_accent_and_can_be_read(string configured)
    {
        var theme = new Theme("shop", new() { AccentColor = configured });

        Assert.Contains($"--accent: {theme.Mail.Button};", theme.Sheet(null), StringComparison.Ordinal);
        Assert.True(Read(theme.Mail.Button).ContrastWith(Read(theme.Mail.ButtonText)) >= 4.5);
    }

    [Theory]
    [InlineData("red")]
    [InlineData("#12345")]
    [InlineData("#12345g")]
    [InlineData("#fff}body{display:none")]
    public void A_colour_that_is_none_is_named_at_the_start(string accent) =>
        Assert.Contains(
            "Identity:Branding:AccentColor",
            new BrandingOptionsValidator(Settings()).Validate(null, new() { AccentColor = accent }).FailureMessage,
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData("/logo.svg", true)]
    [InlineData("https://cdn.example.org/logo.svg", true)]
    [InlineData("http://cdn.example.org/logo.svg", false)]
    [InlineData("javascript:alert(1)", false)]
    [InlineData("//cdn.example.org/logo.svg", false)]
    public void A_logo_is_a_path_of_this_host_or_an_https_address(string logo, bool good) =>
        Assert.Equal(good, new BrandingOptionsValidator(Settings()).Validate(null, new() { LogoUri = logo }).Succeeded);

    [Theory]
    [InlineData("Georgia, serif", true)]
    [InlineData("\"Inter Display\", Arial", true)]
    [InlineData("Georgia; } body { display: none", false)]
    [InlineData("\"Inter", false)]
    [InlineData("url(https://evil.example/x)", false)]
    [InlineData("", false)]
    public void A_font_is_a_list_of_names_that_cannot_leave_its_declaration(string family, bool good) =>
        Assert.Equal(
            good,
            !new BrandingOptions { FontFamily = family }
                .Faults("Identity:Themes:shop")
                .Any()
        );

    [Theory]
    [InlineData(".card { outline: 1px solid }", null)]
    [InlineData("@media print { .card { color: #000 } }", null)]
    [InlineData("@import 'https://evil.example/x.css';", "@import")]
    [InlineData("@IMPORT 'x.css';", "@IMPORT")]
    [InlineData(".card { background: url(https://evil.example/?x) }", "url(")]
    [InlineData(".card { background: image-set('https://evil.example/x' 1x) }", "image-set(")]
    [InlineData(@".card { background: \75rl(https://evil.example/x) }", @"\")]
    [InlineData("</style><script>", "<")]
    [InlineData(".card { color: red", "braces that do not match")]
    public void A_style_sheet_that_would_load_something_is_refused(string css, string? reason)
    {
        var file = Write(Encoding.UTF8.GetBytes(css));

        var faults = new BrandingOptions { StyleSheet = file }
            .Faults("Identity:Themes:shop")
            .ToArray();

        if (reason is null)
            Assert.Empty(faults);
        else
            Assert.Contains(reason, Assert.Single(faults), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_missing_too_large_or_of_another_kind_is_refused()
    {
        var large = Write(new byte[(64 * 1024) + 1]);
        var latin = Write([0xE4, 0xF6]);
        var text = Write("no font"u8.ToArray());

        Assert.Contains("larger than 64 KiB", Fault(new() { StyleSheet = large }), StringComparison.Ordinal);
        Assert.Contains("not UTF-8", Fault(new() { StyleSheet = latin }), StringComparison.Ordinal);
        Assert.Contains("cannot be read", Fault(new() { StyleSheet = large + "-gone" }), StringComparison.Ordinal);
        Assert.Contains("not a font", Fault(new() { FontFile = text }), StringComparison.Ordinal);
    }

    [Fact]
    public void A_theme_takes_what_it_leaves_out_from_the_installation()
    {
        var configuration = Settings(
            ("Identity:Branding:Name", "Example"),
            ("Identity:Branding:AccentColor", "#ff6a00"),
            ("Identity:Themes:shop:AccentColor", "#000000")
        );

        var theme = Assert.Single(ThemeLibrary.Sections(configuration));

        Assert.Equal(("shop", "Example", "#000000"), (theme.Key, theme.Options.Name, theme.Options.AccentColor));
    }

    [Theory]
    [InlineData("Identity:Themes:shop:AccentColor", "red", "Identity:Themes:shop:AccentColor: must be a colour")]
    [InlineData("Identity:Themes:../x:Name", "x", "Identity:Themes:../x: the name of a theme")]
    [InlineData("Identity:Themes:shop:MailLogoUri", "/logo.svg", "Identity:Themes:shop:MailLogoUri")]
    [InlineData("Identity:Themes:shop:Footer", "two\nlines", "Identity:Themes:shop:Footer")]
    [InlineData("Identity:Clients:web:Theme", "gone", "Identity:Clients:web:Theme: there is no theme 'gone'")]
    public void A_theme_that_cannot_be_used_is_named_at_the_start(string key, string value, string fault) =>
        Assert.Contains(
            fault,
            new BrandingOptionsValidator(Settings((key, value))).Validate(null, new()).FailureMessage,
            StringComparison.Ordinal
        );

    private static string Fault(BrandingOptions options) => Assert.Single(options.Faults("Identity:Branding"));

    private static IConfigurationRoot Settings(params (string Key, string Value)[] settings) =>
        new ConfigurationBuilder()
            .AddInMemoryCollection(
                settings.Select(static setting => KeyValuePair.Create(setting.Key, (string?)setting.Value))
            )
            .Build();

    private string Write(byte[] content)
    {
        var path = Path.Combine(_folder, Path.GetRandomFileName());
        File.WriteAllBytes(path, content);
        return path;
    }

    private static Colour Read(string text)
    {
        Assert.True(new BrandingOptions { AccentColor = text }.TryReadAccent(out var colour));
        return colour;
    }
}
