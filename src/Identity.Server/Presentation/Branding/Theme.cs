using Identity.Core.Mail;

namespace Identity.Server.Presentation.Branding;

/// <summary> Derives the accent colours of the style sheet from the configured colour: whatever is chosen, text and
/// buttons keep the contrast that WCAG 2.2 AA requires (1.4.3, 1.4.11), in light and dark mode. The backgrounds are
/// those of <c>site.css</c>.
/// </summary>
internal static class Theme
{
    private const double ReadableText = 4.6;
    private static readonly Colour LightGround = new(0xf4, 0xf4, 0xf1);
    private static readonly Colour DarkGround = new(0x24, 0x27, 0x29);

    /// <summary>The rules that precede those of the style sheet.</summary>
    public static string Css(BrandingOptions branding)
    {
        branding.TryReadAccent(out var accent);
        var light = accent.ReadableOn(LightGround, Colour.Black, ReadableText);
        var dark = accent.ReadableOn(DarkGround, Colour.White, ReadableText);
        return $$"""
            :root { --accent: {{light}}; --on-accent: {{TextOn(light)}}; }
            @media (prefers-color-scheme: dark) { :root { --accent: {{dark}}; --on-accent: {{TextOn(dark)}}; } }

            """;
    }

    /// <summary>The same accent for the button of a mail, which has no dark mode.</summary>
    public static MailStyle Mail(BrandingOptions branding)
    {
        branding.TryReadAccent(out var accent);
        var light = accent.ReadableOn(LightGround, Colour.Black, ReadableText);
        return new(light.ToString(), TextOn(light).ToString());
    }

    private static Colour TextOn(Colour ground) =>
        ground.ContrastWith(Colour.White) >= ReadableText ? Colour.White : new(0x10, 0x12, 0x13);
}
