using System.Globalization;
using System.Text.RegularExpressions;
using Identity.Server.Browser;
using Microsoft.Extensions.Options;

namespace Identity.Server.Presentation.Branding;

/// <summary>How the provider presents itself: section <c>Identity:Branding</c>. A section of
/// <c>Identity:Themes:NAME</c> has the same settings; what it leaves out is that of <c>Identity:Branding</c>.</summary>
internal sealed partial class BrandingOptions
{
    public const string Section = "Identity:Branding";
    public const string ThemesSection = "Identity:Themes";
    internal const int UsualRadius = 12;

    /// <summary>The name in the header of every page, 1 to 60 characters.</summary>
    public string Name { get; set; } = "Identity";

    /// <summary>A picture beside the name: a path on this host, or an https address. None by default; then a built-in
    /// mark is shown.</summary>
    public string? LogoUri { get; set; }

    /// <summary>The same picture for a dark background. Default: <see cref="LogoUri"/>.</summary>
    public string? DarkLogoUri { get; set; }

    /// <summary>The one accent colour, as <c>#rrggbb</c>. Readable shades for light and dark backgrounds are derived
    /// from it.</summary>
    public string AccentColor { get; set; } = "#1f6f5c";

    /// <summary>The fonts to use if a device has them: a list as in CSS. Default: those of the system.</summary>
    public string? FontFamily { get; set; }

    /// <summary>A font file (<c>.woff2</c>), served by this host and used before <see cref="FontFamily"/>.</summary>
    public string? FontFile { get; set; }

    /// <summary>The radius of corners in pixels, 0 to 24.</summary>
    public int CornerRadius { get; set; } = UsualRadius;

    /// <summary>A file with rules of CSS, read after those of the program (<see cref="StyleSheetFile"/>).</summary>
    public string? StyleSheet { get; set; }

    /// <summary>A line below every page and mail, such as the operator's name and address. None by default.</summary>
    public string? Footer { get; set; }

    /// <summary>The sender's name in mails, which the texts also use as the product's name. Default:
    /// <c>Identity:Mail:FromName</c>.</summary>
    public string? MailSender { get; set; }

    /// <summary>The https address of a picture above every mail. None by default: most mail programs ask before they
    /// load one.</summary>
    public string? MailLogoUri { get; set; }

    internal bool TryReadAccent(out Colour colour)
    {
        colour = default;
        if (
            AccentColor is not ['#', .. { Length: 6 } digits]
            || !int.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
        )
            return false;
        colour = new(value >> 16 & 0xFF, value >> 8 & 0xFF, value & 0xFF);
        return true;
    }

    /// <summary>What is wrong, each beginning with its key.</summary>
    /// <param name="section">The section that it was read from.</param>
    internal IEnumerable<string> Faults(string section)
    {
        if (!IsLine(Name, 60))
            yield return $"{section}:Name: must be 1 to 60 characters.";
        foreach (var (key, logo) in new[] { (nameof(LogoUri), LogoUri), (nameof(DarkLogoUri), DarkLogoUri) })
        {
            if (logo is not null && !LocalUrl.IsLocal(logo) && !IsHttps(logo))
                yield return $"{section}:{key}: must be a path of this host, such as /logo.svg, or an https address.";
        }
        if (MailLogoUri is not null && !IsHttps(MailLogoUri))
            yield return $"{section}:MailLogoUri: must be an https address.";
        if (!TryReadAccent(out _))
            yield return $"{section}:AccentColor: must be a colour such as #1f6f5c.";
        if (FontFamily is not null && !FontList().IsMatch(FontFamily))
            yield return $"{section}:FontFamily: must be names of fonts with commas between, such as \"Inter\", serif.";
        if (CornerRadius is < 0 or > 24)
            yield return $"{section}:CornerRadius: must be 0 to 24 pixels.";
        if (Footer is not null && !IsLine(Footer, 300))
            yield return $"{section}:Footer: must be 1 to 300 characters on one line.";
        if (MailSender is not null && !IsLine(MailSender, 100))
            yield return $"{section}:MailSender: must be 1 to 100 characters on one line.";
        if (FontFile is not null && FontFileReader.Read(FontFile) is ThemeFile.Refused font)
            yield return $"{section}:FontFile: {font.Reason}";
        if (StyleSheet is not null && StyleSheetFile.Read(StyleSheet) is ThemeFile.Refused sheet)
            yield return $"{section}:StyleSheet: {sheet.Reason}";
    }

    private static bool IsLine(string text, int maxLength) =>
        !string.IsNullOrWhiteSpace(text) && text.Length <= maxLength && !text.Any(char.IsControl);

    private static bool IsHttps(string address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttps;

    // Nothing that could end the declaration or the rule.
    [GeneratedRegex("""^(?=.{1,200}\z)(?:(?:^|, *)(?:"[A-Za-z0-9 -]+"|[A-Za-z][A-Za-z0-9 -]*))+\z""")]
    private static partial Regex FontList();
}

internal sealed class BrandingOptionsValidator(IConfiguration configuration) : IValidateOptions<BrandingOptions>
{
    public ValidateOptionsResult Validate(string? name, BrandingOptions options)
    {
        string[] failures =
        [
            .. options.Faults(BrandingOptions.Section),
            .. ThemeLibrary.Sections(configuration).SelectMany(static section => section.Faults()),
            .. UnknownThemes(),
        ];
        return failures.Length > 0 ? ValidateOptionsResult.Fail(failures) : ValidateOptionsResult.Success;
    }

    // An app of the database whose theme is gone has the look of the installation.
    private IEnumerable<string> UnknownThemes() =>
        configuration
            .GetSection("Identity:Clients")
            .GetChildren()
            .Where(client =>
                client["Theme"] is { Length: > 0 } theme
                && !configuration.GetSection(BrandingOptions.ThemesSection).GetSection(theme).Exists()
            )
            .Select(static client => $"{client.Path}:Theme: there is no theme '{client["Theme"]}'.");
}
