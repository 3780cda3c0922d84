using System.Text;
using Identity.Core.Primitives;
using Microsoft.Extensions.Options;

namespace Identity.Core.Passwords;

/// <summary>Why a password is refused; pages provide the texts.</summary>
public enum PasswordProblem
{
    TooShort,
    NeedsMoreKindsOfCharacters,
    ContainsPersonalOrProductName,
    TooEasyToGuess,

    /// <summary>It is in a list of breached passwords (<c>Identity:Passwords:BreachedRangesFolder</c>).</summary>
    Breached,
}

/// <summary>The policy's verdict. It is accepted if there is no problem.</summary>
/// <param name="Score">zxcvbn's score of what is left after patterns are folded, 0 (guessed at once) to 4.</param>
public sealed record PasswordJudgement(IReadOnlyList<PasswordProblem> Problems, int Score)
{
    /// <summary>Whether the password may be used.</summary>
    public bool IsAccepted => Problems.Count == 0;
}

/// <summary> 8 code points or more with upper case, lower case, digit and special character, or 15 or more of anything
/// (PW-5); not built from the person's or the product's name; not easy to guess by the names and patterns that zxcvbn
/// knows, even after repeats, sequences and keyboard walks are folded; not a variation of a common password; and not in
/// the breached ones if there is a list (PW-6).
/// </summary>
public sealed class PasswordPolicy(IOptions<PasswordOptions> options)
{
    private const int MinMixedLength = 8;
    private const int MinPlainLength = 15;
    private const int MinContextWordLength = 4;
    private const int LowestScore = 2;

    // zxcvbn's time grows faster than the length, so only the beginning is scored; the rest can only make a password
    // better.
    private const int MaxEstimatedLength = 72;

    /// <summary>Checks a new password.</summary>
    /// <param name="personalWords">The local part of the e-mail address, names.</param>
    public PasswordJudgement Judge(PlainTextPassword password, IEnumerable<string> personalWords)
    {
        List<PasswordProblem> problems = [];
        if (password.CodePoints < MinMixedLength)
            problems.Add(PasswordProblem.TooShort);
        else if (password.CodePoints < MinPlainLength && !HasFourKinds(password.Normalized))
            problems.Add(PasswordProblem.NeedsMoreKindsOfCharacters);

        string[] words =
        [
            .. personalWords
                .Append("identity")
                .Concat(options.Value.ContextWords)
                .Select(static word => UntrustedText.Repair(word).Normalize(NormalizationForm.FormKC))
                .SelectMany(Parts)
                .Where(static word => word.Length >= MinContextWordLength)
                .Distinct(),
        ];
        if (words.Any(word => MakesUpMost(password.Normalized, word)))
            problems.Add(PasswordProblem.ContainsPersonalOrProductName);

        var text = password.Normalized;
        var score = Math.Min(Estimate(text, words), Estimate(PatternFolder.Fold(text), words));
        var isCommon = WellKnownPasswords.Contains(text);
        if (score < LowestScore || isCommon)
            problems.Add(PasswordProblem.TooEasyToGuess);
        if (options.Value.BreachedRangesFolder is { Length: > 0 } folder && BreachedPasswords.Contains(folder, text))
            problems.Add(PasswordProblem.Breached);
        return new(problems, isCommon ? Math.Min(score, LowestScore - 1) : score);
    }

    private static int Estimate(string text, string[] words) =>
        Zxcvbn.Zxcvbn.MatchPassword(text.Length > MaxEstimatedLength ? text[..MaxEstimatedLength] : text, words).Score;

    // For Ada Lovelace and ada.lovelace: the whole text and each name on its own.
    private static IEnumerable<string> Parts(string word) =>
        word.Split(
                [' ', '.', ',', '-', '_', '+', '\''],
                StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries
            )
            .Prepend(word);

    private static bool MakesUpMost(string password, string word) =>
        password.Contains(word, StringComparison.OrdinalIgnoreCase) && password.Length - word.Length < MinMixedLength;

    private static bool HasFourKinds(string text)
    {
        var (upper, lower, digit, special) = (false, false, false, false);
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.IsUpper(rune))
                upper = true;
            else if (Rune.IsLower(rune))
                lower = true;
            else if (Rune.IsDigit(rune))
                digit = true;
            else
                special = true;
        }
        return upper && lower && digit && special;
    }
}
