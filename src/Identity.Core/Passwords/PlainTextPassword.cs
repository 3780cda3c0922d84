using System.Diagnostics.CodeAnalysis;
using System.Text;
using Identity.Core.Primitives;

namespace Identity.Core.Passwords;

/// <summary>A password as typed, in the one form in which it is hashed (NFKC, never trimmed; PW-5). It never shows
/// itself in a log.</summary>
public sealed class PlainTextPassword
{
    /// <summary>The most code points that are taken (DO-2).</summary>
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

    /// <summary>Takes what a person typed. False for nothing, for what <see cref="UntrustedText"/> refuses and U+FFFD
    /// (PW-2: the encoder would throw or fold them), and for more than 256 code points.</summary>
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

    /// <summary>Whether NFKC does anything here. Under invariant globalization it silently does not, and people would
    /// be locked out on moving (PW-5).</summary>
    public static bool NormalizationWorks() => "\uFF21e\u0301".Normalize(NormalizationForm.FormKC) == "A\u00E9";

    /// <summary>Redacted.</summary>
    public override string ToString() => "PlainTextPassword(redacted)";

    // U+FFFD stands for something that was lost on the way: no two people mean the same by it.
    private static bool IsSound(string text) =>
        UntrustedText.IsLine(text) && !text.Contains('\uFFFD', StringComparison.Ordinal);
}
