using System.Text;

namespace Identity.Core.Primitives;

/// <summary>
/// The one rule for text that comes from outside: what Unicode calls a noncharacter (Unicode 23.7), half of a surrogate
/// pair or a control is refused where it enters. Normalization, the database and JSON writers throw on some of them,
/// and nobody types them on purpose.
/// </summary>
public static class UntrustedText
{
    /// <summary>Whether this is sound text of one line: no control at all. Null is not.</summary>
    public static bool IsLine([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] string? text) =>
        text is not null && IsSound(text, lineBreaks: false);

    /// <summary>Whether this is sound text of any number of lines: tabs and line breaks are the only controls, as in
    /// JSON that was written to be read. Null is not.</summary>
    public static bool IsText([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] string? text) =>
        text is not null && IsSound(text, lineBreaks: true);

    /// <summary>The same text with U+FFFD in the place of what is not sound: for values that were stored before this
    /// rule, so that nothing throws on them.</summary>
    public static string Repair(string text)
    {
        if (IsText(text))
            return text;
        StringBuilder sound = new(text.Length);
        foreach (var rune in text.EnumerateRunes())
            sound.Append(IsCharacter(rune) ? rune : Rune.ReplacementChar);
        return sound.ToString();
    }

    /// <summary>The same text without what <see cref="IsLine"/> refuses, and without U+FFFD, by which decoders mark
    /// what was no text: for showing it again to whoever typed it.</summary>
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
