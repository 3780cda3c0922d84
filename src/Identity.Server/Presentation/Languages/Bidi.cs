using System.Globalization;

namespace Identity.Server.Presentation.Languages;

/// <summary> Keeps a name, an address or a browser from changing the order of the sentence around it (Unicode Standard
/// Annex 9). Markup uses <c>bdi</c>; text inserted into a sentence or an attribute uses this.
/// </summary>
internal static class Bidi
{
    private const char FirstStrongIsolate = '\u2068';
    private const char PopDirectionalIsolate = '\u2069';

    /// <summary>The text between isolates. Unchanged if both the page and the text run from left to right.</summary>
    public static string Isolate(string text) =>
        CultureInfo.CurrentUICulture.TextInfo.IsRightToLeft || text.Any(RunsFromRightToLeft)
            ? $"{FirstStrongIsolate}{text}{PopDirectionalIsolate}"
            : text;

    // The blocks of the Basic Multilingual Plane whose letters have the bidirectional class R or AL, and the high
    // surrogates of those beyond it.
    private static bool RunsFromRightToLeft(char letter) =>
        letter is >= '\u0590' and <= '\u08FF' or >= '\uFB1D' and <= '\uFDFF' or >= '\uFE70' and <= '\uFEFC'
        || letter is '\uD802' or '\uD803' or '\uD83A' or '\uD83B';
}
