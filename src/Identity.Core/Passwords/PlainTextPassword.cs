using System.Diagnostics.CodeAnalysis;
using System.Text;
using Identity.Core.Primitives;

namespace Identity.Core.Passwords;

/// <summary>A typed password in the form in which it is hashed (NFKC, never trimmed; PW-5). It never appears in a
/// log.</summary>
public sealed class PlainTextPassword
{
    /// <summary>The maximum number of code points (DO-2).</summary>
    public const int MaxCodePoints = 256;

    private PlainTextPassword(string typed, string normalized, int codePoints)
    {
        Typed = typed;
        Normalized = normalized;
        CodePoints = codePoints;
    }

    internal string Normalized { get; }

    /// <summary>As typed, for hashes of systems that do not normalise.</summary>
    internal string Typed { get; }

    /// <summary>Its length in code points, after normalisation.</summary>
    public int CodePoints { get; }

    /// <summary>Reads a typed password. False if it is empty, is refused by <see cref="UntrustedText"/>, contains
    /// U+FFFD (PW-2: the encoder would throw or fold these) or has more than 256 code points.</summary>
    public static bool TryCreate(string? typed, [NotNullWhen(true)] out PlainTextPassword? password)
    {
        password = null;
        if (string.IsNullOrEmpty(typed) || typed.Length > 2 * MaxCodePoints || !IsSound(typed))
            return false;
        var normalized = typed.Normalize(NormalizationForm.FormKC);
        var codePoints = normalized.EnumerateRunes().Count();
        if (codePoints > MaxCodePoints)
            return false;
        password = new(typed, normalized, codePoints);
        return true;
    }

    /// <summary>Whether NFKC works in this process. Under invariant globalization it silently does nothing, and a later
    /// move would lock people out (PW-5).</summary>
    public static bool NormalizationWorks() => "\uFF21e\u0301".Normalize(NormalizationForm.FormKC) == "A\u00E9";

    /// <summary>Redacted.</summary>
    public override string ToString() => "PlainTextPassword(redacted)";

    // U+FFFD replaces characters that were lost in decoding, so different passwords would become equal.
    private static bool IsSound(string text) =>
        UntrustedText.IsLine(text) && !text.Contains('\uFFFD', StringComparison.Ordinal);
}
