using System.Text;

namespace Identity.Core.Passwords;

/// <summary> Removes the parts of a password that add nothing against guessing: repeats (<c>aaaa</c>, <c>abcabc</c>,
/// <c>aabbcc</c>), sequences (<c>abcd</c>, <c>9876</c>, <c>2468</c>) and walks over the keyboard (<c>qwertz</c>,
/// <c>1qaz</c>). The first character of each pattern stays, and the result can be scored.
/// </summary>
internal static class PatternFolder
{
    private const int MinRun = 3;
    private const int MinPairs = 3;
    private const int MinSequence = 3;
    private const int MinWideSequence = 4;

    /// <summary>Folds until there is no pattern left.</summary>
    public static string Fold(string text)
    {
        while (true)
        {
            var folded = FoldOnce(text);
            if (folded.Length == text.Length)
                return folded;
            text = folded;
        }
    }

    private static string FoldOnce(string text)
    {
        var kept = new StringBuilder(text.Length);
        for (var at = 0; at < text.Length; )
        {
            var (left, length) = Pattern(text.AsSpan(at));
            kept.Append(left);
            at += length;
        }
        return kept.ToString();
    }

    // The remainder of the pattern that begins here, and its length; a character without a pattern stays.
    private static (string Left, int Length) Pattern(ReadOnlySpan<char> rest)
    {
        var first = rest[0].ToString();
        if (Run(rest) is var run && run >= MinRun)
            return (first, run);
        var longest = Math.Max(Sequence(rest), KeyboardWalk.LengthAt(rest));
        return longest > 0 ? (first, longest) : Pairs(rest) ?? RepeatedBlock(rest) ?? (first, 1);
    }

    private static int Run(ReadOnlySpan<char> rest)
    {
        var length = 1;
        while (length < rest.Length && rest[length] == rest[0])
            length++;
        return length;
    }

    // Characters at a constant distance, ignoring case: consecutive letters and digits, or every second one.
    private static int Sequence(ReadOnlySpan<char> rest)
    {
        if (rest.Length < MinSequence || Distance(rest, 1) is not (1 or -1 or 2 or -2))
            return 0;
        var step = Distance(rest, 1);
        var length = 2;
        while (length < rest.Length && Distance(rest, length) == step)
            length++;
        return length >= (step is 1 or -1 ? MinSequence : MinWideSequence) ? length : 0;
    }

    private static int Distance(ReadOnlySpan<char> rest, int at) =>
        char.IsLetterOrDigit(rest[at]) && char.IsLetterOrDigit(rest[at - 1])
            ? char.ToLowerInvariant(rest[at]) - char.ToLowerInvariant(rest[at - 1])
            : 0;

    // aabbcc: doubled characters count like single ones.
    private static (string Left, int Length)? Pairs(ReadOnlySpan<char> rest)
    {
        var singles = new StringBuilder();
        for (var at = 0; at + 1 < rest.Length && rest[at] == rest[at + 1]; at += 2)
            singles.Append(rest[at]);
        return singles.Length >= MinPairs ? (singles.ToString(), 2 * singles.Length) : null;
    }

    // The shortest block that occurs at least twice in a row, ignoring case.
    private static (string Left, int Length)? RepeatedBlock(ReadOnlySpan<char> rest)
    {
        for (var block = 2; block <= rest.Length / 2; block++)
        {
            var length = block;
            while (
                length + block <= rest.Length
                && rest[..block].Equals(rest.Slice(length, block), StringComparison.OrdinalIgnoreCase)
            )
                length += block;
            if (length > block)
                return (rest[..block].ToString(), length);
        }
        return null;
    }
}
