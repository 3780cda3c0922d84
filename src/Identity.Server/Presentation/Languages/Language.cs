using System.Globalization;

namespace Identity.Server.Presentation.Languages;

/// <summary>A language that the pages speak.</summary>
/// <param name="Code">BCP 47.</param>
/// <param name="OwnName">What its speakers call it.</param>
internal sealed record Language(string Code, string OwnName)
{
    /// <summary>All of them; the first is the one for people whose languages we do not speak.</summary>
    public static IReadOnlyList<Language> All { get; } =
    [new("en", "English"), new("de", "Deutsch"), new("fr", "Français"), new("ar", "العربية")];

    /// <summary>The language of the request at hand.</summary>
    public static Language Current => Find(CultureInfo.CurrentUICulture.Name) ?? All[0];

    /// <summary>The writing direction, for <c>dir</c>.</summary>
    public string Direction => CultureInfo.GetCultureInfo(Code).TextInfo.IsRightToLeft ? "rtl" : "ltr";

    /// <summary>The language of a tag such as <c>de-AT</c>, or null when we do not speak it.</summary>
    public static Language? Find(string? tag) =>
        tag is null
            ? null
            : All.FirstOrDefault(language =>
                tag.Equals(language.Code, StringComparison.OrdinalIgnoreCase)
                || tag.StartsWith(language.Code + "-", StringComparison.OrdinalIgnoreCase)
            );
}
