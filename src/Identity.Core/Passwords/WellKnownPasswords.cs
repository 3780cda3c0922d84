using System.Collections.Frozen;

namespace Identity.Core.Passwords;

/// <summary> The thirty thousand most used passwords, as zxcvbn ships them, and the usual variations with a capital,
/// digits and symbols: Summer2026!, P@ssw0rd1!. zxcvbn scores the words; this class finds the variations.
/// </summary>
internal static class WellKnownPasswords
{
    private const string List = "zxcvbn-core.Dictionaries.passwords.lst";
    private const int MinWordLength = 4;
    private const int MaxAround = 5;

    private static readonly Lazy<FrozenSet<string>> Words = new(Read);

    /// <summary>The number of known passwords.</summary>
    public static int Count => Words.Value.Count;

    /// <summary>Whether the password is one of them, or one of them with at most five digits and symbols around
    /// it.</summary>
    public static bool Contains(string password)
    {
        var lower = password.ToLowerInvariant();
        if (Words.Value.Contains(lower))
            return true;
        var start = 0;
        var end = lower.Length;
        while (start < end && !char.IsLetter(lower[start]))
            start++;
        while (end > start && !char.IsLetter(lower[end - 1]))
            end--;
        return end - start >= MinWordLength
            && lower.Length - (end - start) <= MaxAround
            && Words.Value.Contains(Plain(lower[start..end]));
    }

    // The characters that people use in place of letters.
    private static string Plain(string word) =>
        string.Create(
            word.Length,
            word,
            static (span, source) =>
            {
                for (var i = 0; i < span.Length; i++)
                {
                    span[i] = source[i] switch
                    {
                        '@' or '4' => 'a',
                        '0' => 'o',
                        '1' or '!' => 'i',
                        '3' => 'e',
                        '$' or '5' => 's',
                        '7' => 't',
                        var sign => sign,
                    };
                }
            }
        );

    private static FrozenSet<string> Read()
    {
        using var stream =
            typeof(Zxcvbn.Zxcvbn).Assembly.GetManifestResourceStream(List)
            ?? throw new InvalidOperationException($"{List} is not in zxcvbn-core any more.");
        using var reader = new StreamReader(stream);
        HashSet<string> words = new(StringComparer.Ordinal);
        while (reader.ReadLine() is { } line)
            words.Add(line.Trim().ToLowerInvariant());
        return words.ToFrozenSet(StringComparer.Ordinal);
    }
}
