using System.Globalization;
using System.Text;

namespace Identity.Core.Passkeys;

/// <summary>How a name that a person gives a passkey is stored.</summary>
internal static class PasskeyName
{
    private const int MaxLength = 100;

    /// <summary>One line without control characters, at most 100 characters; a default name if nothing is
    /// left.</summary>
    public static string Clean(string name)
    {
        var kept = new StringBuilder();
        foreach (var rune in name.Trim().EnumerateRunes())
        {
            if (kept.Length + rune.Utf16SequenceLength > MaxLength)
                break;
            if (
                Rune.GetUnicodeCategory(rune)
                is not (
                    UnicodeCategory.Control
                    or UnicodeCategory.Format
                    or UnicodeCategory.LineSeparator
                    or UnicodeCategory.ParagraphSeparator
                )
            )
                kept.Append(rune);
        }
        return kept.Length > 0 ? kept.ToString() : "Passkey";
    }
}
