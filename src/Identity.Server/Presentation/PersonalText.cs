using System.Text;

namespace Identity.Server.Presentation;

/// <summary>Names and the like, as people type them.</summary>
internal static class PersonalText
{
    /// <summary>Trimmed; null if nothing is left. False for control characters, lone surrogates and more than <paramref
    /// name="most"/> characters, none of which a name has.</summary>
    public static bool TryRead(string? typed, int most, out string? text)
    {
        text = typed?.Trim() is { Length: > 0 } some ? some : null;
        if (text is null)
            return true;
        if (text.Length > most)
            return false;
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.IsControl(rune) || rune == Rune.ReplacementChar)
                return false;
        }
        return true;
    }
}
