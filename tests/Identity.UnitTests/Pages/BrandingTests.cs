using Identity.Server.Presentation.Branding;

namespace Identity.UnitTests.Pages;

public sealed class BrandingTests
{
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
        var css = Theme.Css(new BrandingOptions { AccentColor = configured });

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
        var style = Theme.Mail(new BrandingOptions { AccentColor = configured });

        Assert.Contains($"--accent: {style.Button};", Theme.Css(new() { AccentColor = configured }));
        Assert.True(Read(style.Button).ContrastWith(Read(style.ButtonText)) >= 4.5);
    }

    [Theory]
    [InlineData("red")]
    [InlineData("#12345")]
    [InlineData("#12345g")]
    [InlineData("#fff}body{display:none")]
    public void A_colour_that_is_none_is_named_at_the_start(string accent) =>
        Assert.Contains(
            "Identity:Branding:AccentColor",
            new BrandingOptionsValidator().Validate(null, new() { AccentColor = accent }).FailureMessage,
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData("/logo.svg", true)]
    [InlineData("https://cdn.example.org/logo.svg", true)]
    [InlineData("http://cdn.example.org/logo.svg", false)]
    [InlineData("javascript:alert(1)", false)]
    [InlineData("//cdn.example.org/logo.svg", false)]
    public void A_logo_is_a_path_of_this_host_or_an_https_address(string logo, bool good) =>
        Assert.Equal(good, new BrandingOptionsValidator().Validate(null, new() { LogoUri = logo }).Succeeded);

    private static Colour Read(string text)
    {
        Assert.True(new BrandingOptions { AccentColor = text }.TryReadAccent(out var colour));
        return colour;
    }
}
