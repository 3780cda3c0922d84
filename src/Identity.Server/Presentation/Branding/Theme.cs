using System.Globalization;
using System.Text;
using Identity.Core.Mail;

namespace Identity.Server.Presentation.Branding;

/// <summary> The look of the installation or of an app. The accent colours are derived from the configured colour:
/// whatever is chosen, text and buttons keep the contrast that WCAG 2.2 AA requires (1.4.3, 1.4.11), in light and dark
/// mode. The backgrounds are those of <c>site.css</c>.
/// </summary>
/// <param name="Key">Its name in the settings; null for the installation.</param>
/// <param name="Options">Its settings, valid.</param>
internal sealed record Theme(string? Key, BrandingOptions Options)
{
    private const double ReadableText = 4.6;
    private static readonly Colour LightGround = new(0xf4, 0xf4, 0xf1);
    private static readonly Colour DarkGround = new(0x24, 0x27, 0x29);

    /// <summary>The name of its style sheet in the asset library; null if <c>site.css</c> is enough.</summary>
    public string? SheetName => HasSheet ? $"theme{Suffix}.css" : null;

    /// <summary>The name of its font in the asset library; null if it has none.</summary>
    public string? FontName => Options.FontFile is null ? null : $"theme{Suffix}.woff2";

    /// <summary>How its mails look.</summary>
    public MailStyle Mail { get; } = MailOf(Options);

    /// <summary>The accent colours, which precede the rules of the style sheet.</summary>
    public string Accent()
    {
        var (light, dark) = (Light(Options), Dark(Options));
        return $$"""
            :root { --accent: {{light}}; --on-accent: {{TextOn(light)}}; }
            @media (prefers-color-scheme: dark) { :root { --accent: {{dark}}; --on-accent: {{TextOn(dark)}}; } }

            """;
    }

    /// <summary>The rules that follow those of <c>site.css</c>.</summary>
    /// <param name="fontUrl">The address of its font.</param>
    public string Sheet(string? fontUrl)
    {
        StringBuilder css = new(Key is null ? "" : Accent());
        css.Append(CultureInfo.InvariantCulture, $":root {{ --radius: {Options.CornerRadius}px; }}\n");
        if (fontUrl is not null)
            css.Append(FontFace(fontUrl));
        string[] families = [.. new[] { fontUrl is null ? null : "\"Theme\"", Options.FontFamily }.OfType<string>()];
        if (families.Length > 0)
            css.Append(
                CultureInfo.InvariantCulture,
                $"body {{ font-family: {string.Join(", ", families)}, system-ui, sans-serif; }}\n"
            );
        if (Options.StyleSheet is { } path && StyleSheetFile.Read(path) is ThemeFile.Sound own)
            css.Append(Encoding.UTF8.GetString(own.Content));
        return css.ToString();
    }

    private static string FontFace(string url) =>
        $"@font-face {{ font-family: \"Theme\"; src: url(\"{url}\") format(\"woff2\"); "
        + "font-weight: 100 900; font-display: swap; }\n";

    private bool HasSheet =>
        Key is not null
        || Options
            is not { FontFile: null, FontFamily: null, StyleSheet: null, CornerRadius: BrandingOptions.UsualRadius };

    private string Suffix => Key is null ? "" : "-" + Key;

    // A mail has no dark mode.
    private static MailStyle MailOf(BrandingOptions options)
    {
        var light = Light(options);
        return new(light.ToString(), TextOn(light).ToString())
        {
            Radius = Math.Min(options.CornerRadius, 12),
            Sender = options.MailSender,
            LogoUri = options.MailLogoUri,
            Footer = options.Footer,
        };
    }

    private static Colour Light(BrandingOptions options)
    {
        options.TryReadAccent(out var accent);
        return accent.ReadableOn(LightGround, Colour.Black, ReadableText);
    }

    private static Colour Dark(BrandingOptions options)
    {
        options.TryReadAccent(out var accent);
        return accent.ReadableOn(DarkGround, Colour.White, ReadableText);
    }

    private static Colour TextOn(Colour ground) =>
        ground.ContrastWith(Colour.White) >= ReadableText ? Colour.White : new(0x10, 0x12, 0x13);
}
