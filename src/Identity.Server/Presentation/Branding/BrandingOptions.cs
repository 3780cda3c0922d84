using System.Globalization;
using Identity.Server.Browser;
using Microsoft.Extensions.Options;

namespace Identity.Server.Presentation.Branding;

/// <summary>How the provider presents itself: section <c>Identity:Branding</c>.</summary>
internal sealed class BrandingOptions
{
    public const string Section = "Identity:Branding";

    /// <summary>The name in the header of every page, 1 to 60 characters.</summary>
    public string Name { get; set; } = "Identity";

    /// <summary>A picture beside the name: a path on this host, or an https address. None by default; then a built-in
    /// mark is shown.</summary>
    public string? LogoUri { get; set; }

    /// <summary>The one accent colour, as <c>#rrggbb</c>. Readable shades for light and dark backgrounds are derived
    /// from it.</summary>
    public string AccentColor { get; set; } = "#1f6f5c";

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
}

internal sealed class BrandingOptionsValidator : IValidateOptions<BrandingOptions>
{
    public ValidateOptionsResult Validate(string? name, BrandingOptions options)
    {
        List<string> failures = [];
        if (string.IsNullOrWhiteSpace(options.Name) || options.Name.Length > 60 || options.Name.Any(char.IsControl))
            failures.Add($"{BrandingOptions.Section}:Name: must be 1 to 60 characters.");
        if (
            options.LogoUri is { } logo
            && !LocalUrl.IsLocal(logo)
            && !(Uri.TryCreate(logo, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttps)
        )
            failures.Add(
                $"{BrandingOptions.Section}:LogoUri: must be a path of this host, such as /logo.svg, or an https "
                    + "address."
            );
        if (!options.TryReadAccent(out _))
            failures.Add($"{BrandingOptions.Section}:AccentColor: must be a colour such as #1f6f5c.");
        return failures.Count > 0 ? ValidateOptionsResult.Fail(failures) : ValidateOptionsResult.Success;
    }
}
