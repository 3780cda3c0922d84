using System.Collections.Frozen;
using System.Text.RegularExpressions;
using Identity.Core.Mail;
using Microsoft.Extensions.Options;

namespace Identity.Server.Presentation.Branding;

/// <summary>A section of <c>Identity:Themes</c>, over the settings of the installation.</summary>
/// <param name="Key">Its name.</param>
/// <param name="Options">Both together.</param>
internal sealed partial record ThemeSection(string Key, BrandingOptions Options)
{
    public IEnumerable<string> Faults()
    {
        var section = $"{BrandingOptions.ThemesSection}:{Key}";
        return KeyForm().IsMatch(Key)
            ? Options.Faults(section)
            : [$"{section}: the name of a theme is 1 to 40 lower-case letters, digits and hyphens."];
    }

    [GeneratedRegex(@"^[a-z0-9-]{1,40}\z")]
    private static partial Regex KeyForm();
}

/// <summary>The themes: of the installation, and of the apps whose property <c>Theme</c> names one.</summary>
internal sealed class ThemeLibrary(IOptions<BrandingOptions> branding, IConfiguration configuration)
{
    private readonly FrozenDictionary<string, Theme> _byKey = Sections(configuration)
        .ToFrozenDictionary(
            static section => section.Key,
            static section => new Theme(section.Key, section.Options),
            StringComparer.Ordinal
        );

    /// <summary>The one of the installation.</summary>
    public Theme Installation { get; } = new(null, branding.Value);

    /// <summary>All of them.</summary>
    public IEnumerable<Theme> All => _byKey.Values.Prepend(Installation);

    /// <summary>The theme of the request: that of the app that it is about, else that of the installation.</summary>
    public Theme Of(HttpContext? http) =>
        http?.Features.Get<RequestTheme>() is { } asked && _byKey.TryGetValue(asked.Key, out var theme)
            ? theme
            : Installation;

    /// <summary>Reads the sections. What one leaves out is that of the installation.</summary>
    internal static IEnumerable<ThemeSection> Sections(IConfiguration configuration) =>
        configuration
            .GetSection(BrandingOptions.ThemesSection)
            .GetChildren()
            .Select(section =>
            {
                BrandingOptions options = new();
                configuration.GetSection(BrandingOptions.Section).Bind(options);
                section.Bind(options);
                return new ThemeSection(section.Key, options);
            });
}

/// <summary>The theme of the app that a request is about; a feature of the request.</summary>
/// <param name="Key">Its name in the settings, which need not exist.</param>
internal sealed record RequestTheme(string Key);

/// <summary>Lets a page have the look of the app that it is about.</summary>
internal static class RequestThemes
{
    /// <summary>Uses a theme for the page and for the mails that this request sends.</summary>
    public static void UseTheme(this HttpContext http, string? key)
    {
        if (key is not null)
            http.Features.Set(new RequestTheme(key));
    }
}

/// <summary>Gives mails the look of the request that sends them; other mails have that of the installation.</summary>
internal sealed class ThemeOfMails(ThemeLibrary themes, IHttpContextAccessor accessor) : IMailStyleSource
{
    /// <inheritdoc />
    public MailStyle Current => themes.Of(accessor.HttpContext).Mail;
}
