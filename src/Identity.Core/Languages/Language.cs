using System.Globalization;

namespace Identity.Core.Languages;

// Languages owns the texts of pages and mails: the files they are read from, the languages there are, and which of them
// a request is answered in. It knows no page and no mail, and it does not decide where a text is used.

/// <summary>A language of the pages and mails.</summary>
/// <param name="Tag">Its BCP 47 tag, such as <c>pt-BR</c>; also the name of its culture.</param>
/// <param name="Name">Its own name.</param>
public sealed record Language(string Tag, string Name)
{
    /// <summary>What stands between the elements of a list.</summary>
    public string ListSeparator { get; init; } = ", ";

    /// <summary>Whether a person has read the texts; else only a machine has.</summary>
    public bool IsReviewedByPerson { get; init; }

    /// <summary>Other tags that mean this language: <c>zh-CN</c> that one alone, <c>pt-*</c> every tag that begins
    /// so.</summary>
    public IReadOnlyList<string> Matches { get; init; } = [];

    /// <summary>Formats dates and numbers.</summary>
    public CultureInfo Culture { get; } = CultureInfo.GetCultureInfo(Tag);

    /// <summary>Whether it is written from right to left.</summary>
    public bool IsRightToLeft => Culture.TextInfo.IsRightToLeft;

    /// <summary>The writing direction, for <c>dir</c>.</summary>
    public string Direction => IsRightToLeft ? "rtl" : "ltr";
}
