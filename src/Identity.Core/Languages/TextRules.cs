using System.Text.RegularExpressions;

namespace Identity.Core.Languages;

/// <summary>When a text may stand in for the English one.</summary>
internal static partial class TextRules
{
    /// <summary>What is wrong with a translation; null if nothing is. A text with other placeholders than the English
    /// one would lose a value, or fail when it is filled.</summary>
    public static string? Problem(string english, string text)
    {
        if (string.IsNullOrWhiteSpace(text))
            return "is empty";
        if (text.Any(static letter => char.IsControl(letter) && letter != '\n'))
            return "contains a control character";
        var (wanted, found) = (Placeholders(english), Placeholders(text));
        if (!wanted.SetEquals(found))
            return $"needs the placeholders {Named(wanted)} and has {Named(found)}";
        return Placeholder().Replace(text, "").AsSpan().ContainsAny('{', '}') ? "contains a brace on its own" : null;
    }

    private static HashSet<string> Placeholders(string text) =>
        [.. Placeholder().Matches(text).Select(static match => match.Value)];

    private static string Named(HashSet<string> placeholders) =>
        placeholders.Count == 0 ? "none" : string.Join(" ", placeholders.Order(StringComparer.Ordinal));

    [GeneratedRegex(@"\{\w+\}")]
    private static partial Regex Placeholder();
}
