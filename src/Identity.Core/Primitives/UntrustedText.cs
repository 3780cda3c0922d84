using System.Text;

namespace Identity.Core.Primitives;

/// <summary> Validates text from outside: noncharacters (Unicode 23.7), lone surrogates and control characters are
/// refused at the entrance. Normalization, the database and JSON writers throw on some of them, and nobody types them
/// on purpose.
/// </summary>
public static class UntrustedText
{
    /// <summary>Whether this is valid text of one line, without any control character. False for null.</summary>
    public static bool IsLine([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] string? text) =>
        text is not null && IsSound(text, lineBreaks: false);

    /// <summary>Whether this is valid text of any number of lines, with tabs and line breaks as the only control
    /// characters, as in indented JSON. False for null.</summary>
    public static bool IsText([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] string? text) =>
        text is not null && IsSound(text, lineBreaks: true);

    /// <summary>The same text with U+FFFD in place of invalid characters: for values that were stored before this rule,
    /// so that nothing throws on them.</summary>
    public static string Repair(string text)
    {
        if (IsText(text))
            return text;
        StringBuilder sound = new(text.Length);
        foreach (var rune in text.EnumerateRunes())
            sound.Append(IsCharacter(rune) ? rune : Rune.ReplacementChar);
        return sound.ToString();
    }

    /// <summary>The same text without the characters that <see cref="IsLine"/> refuses and without U+FFFD, with which
    /// decoders replace invalid bytes: for showing input again to the person who typed it.</summary>
    public static string KeepLine(string text)
    {
        StringBuilder sound = new(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (IsCharacter(rune) && !Rune.IsControl(rune) && rune != Rune.ReplacementChar)
                sound.Append(rune);
        }
        return sound.ToString();
    }

    private static bool IsSound(string text, bool lineBreaks)
    {
        // Printable ASCII, as nearly every parameter is, needs no look at its characters.
        if (!text.AsSpan().ContainsAnyExceptInRange(' ', '~'))
            return true;
        for (var rest = text.AsSpan(); !rest.IsEmpty; )
        {
            if (
                Rune.DecodeFromUtf16(rest, out var rune, out var used) != System.Buffers.OperationStatus.Done
                || !IsCharacter(rune)
                || (!lineBreaks && Rune.IsControl(rune))
            )
                return false;
            rest = rest[used..];
        }
        return true;
    }

    // U+FDD0 to U+FDEF, and the last two code points of every plane.
    private static bool IsCharacter(Rune rune) =>
        (rune.Value & 0xFFFE) != 0xFFFE
        && rune.Value is not (>= 0xFDD0 and <= 0xFDEF)
        && (!Rune.IsControl(rune) || rune.Value is '\t' or '\n' or '\r');
}
