using System.Globalization;

namespace Identity.Server.Presentation.Languages;

/// <summary>A language of the pages.</summary>
/// <param name="Code">BCP 47.</param>
/// <param name="OwnName">Its own name.</param>
internal sealed record Language(string Code, string OwnName)
{
    /// <summary>All languages; the first is the default.</summary>
    public static IReadOnlyList<Language> All { get; } =
    [new("en", "English"), new("de", "Deutsch"), new("fr", "Français"), new("ar", "العربية")];

    /// <summary>The language of the current request.</summary>
    public static Language Current => Find(CultureInfo.CurrentUICulture.Name) ?? All[0];

    /// <summary>The writing direction, for <c>dir</c>.</summary>
    public string Direction => CultureInfo.GetCultureInfo(Code).TextInfo.IsRightToLeft ? "rtl" : "ltr";

    /// <summary>The language of a tag such as <c>de-AT</c>, or null if it is not supported.</summary>
    public static Language? Find(string? tag) =>
        tag is null
            ? null
            : All.FirstOrDefault(language =>
                tag.Equals(language.Code, StringComparison.OrdinalIgnoreCase)
                || tag.StartsWith(language.Code + "-", StringComparison.OrdinalIgnoreCase)
            );
}
