using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Identity.Core.Primitives;

/// <summary> A validated email address and its canonical form. The canonical form is made only here, by a rule on which
/// .NET and PostgreSQL agree (only ASCII letters are folded), so that look-up, throttling, lockout and audit always
/// refer to the same account (ID-1, ID-2).
/// </summary>
public sealed record EmailAddress
{
    /// <summary>Longest address in characters (RFC 5321 4.5.3.1.3, less the brackets).</summary>
    public const int MaxLength = 254;

    private const int MaxLocalLength = 64;
    private static readonly IdnMapping Idn = new() { UseStd3AsciiRules = true };

    private EmailAddress(string value, string canonical)
    {
        Value = value;
        Canonical = canonical;
    }

    /// <summary>As typed, with the domain in ASCII. For display and for sending mail.</summary>
    public string Value { get; }

    /// <summary>For comparing: ASCII letters in lower case. Equals <c>lower(email COLLATE "C")</c> in SQL.</summary>
    public string Canonical { get; }

    /// <summary>The domain in its canonical form.</summary>
    public string Domain => Canonical[(Canonical.LastIndexOf('@') + 1)..];

    /// <summary> Strict: one <c>@</c>, a dot-atom before it (RFC 5322 3.2.3, ASCII only, so that no look-alike passes
    /// for somebody else), then a domain with a dot. No display name, no comment, no quoted part, no address literal,
    /// no control character, no white space at either end. An internationalised domain becomes its ASCII form.
    /// </summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out EmailAddress? address)
    {
        address = null;
        if (text is null || text.Length is 0 or > MaxLength)
            return false;
        var at = text.IndexOf('@', StringComparison.Ordinal);
        if (at is <= 0 or > MaxLocalLength || at != text.LastIndexOf('@') || !IsDotAtom(text.AsSpan(0, at)))
            return false;
        if (ToAsciiDomain(text[(at + 1)..]) is not { } domain || at + 1 + domain.Length > MaxLength)
            return false;

        var value = text[..(at + 1)] + domain;
        address = new(value, ToLowerAscii(value));
        return true;
    }

    /// <summary>A domain such as <c>example.com</c> in its canonical form; null if no address has it. The one parser of
    /// addresses also decides which spellings of a domain are the same.</summary>
    public static string? CanonicalDomain(string? domain) =>
        TryParse("x@" + domain, out var address) ? address.Domain : null;

    /// <summary>For an address that is known to be valid, such as one from the database.</summary>
    /// <exception cref="FormatException">It is not an address.</exception>
    public static EmailAddress Parse(string text) =>
        TryParse(text, out var address) ? address : throw new FormatException("Not an e-mail address.");

    /// <inheritdoc />
    public bool Equals(EmailAddress? other) => other is not null && Canonical == other.Canonical;

    /// <inheritdoc />
    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(Canonical);

    /// <summary>Redacted: addresses are personal data, and people type passwords into this box (LG-1).</summary>
    public override string ToString() => "EmailAddress(redacted)";

    private static bool IsDotAtom(ReadOnlySpan<char> local)
    {
        if (local[0] == '.' || local[^1] == '.' || local.Contains("..", StringComparison.Ordinal))
            return false;
        foreach (var c in local)
        {
            if (!char.IsAsciiLetterOrDigit(c) && !"!#$%&'*+-/=?^_`{|}~.".Contains(c, StringComparison.Ordinal))
                return false;
        }

        return true;
    }

    private static string? ToAsciiDomain(string domain)
    {
        try
        {
            var ascii = domain.Length > 0 && domain[^1] != '.' ? Idn.GetAscii(domain) : "";
            return
                ascii.Contains('.', StringComparison.Ordinal)
                && ascii.Split('.').All(IsLabel)
                && !ascii.Split('.')[^1].All(char.IsAsciiDigit)
                ? ascii
                : null;
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    private static bool IsLabel(string label) =>
        label.Length is > 0 and <= 63
        && label[0] != '-'
        && label[^1] != '-'
        && label.All(static c => char.IsAsciiLetterOrDigit(c) || c == '-');

    private static string ToLowerAscii(string value) =>
        string.Create(
            value.Length,
            value,
            static (span, source) =>
            {
                for (var i = 0; i < span.Length; i++)
                    span[i] = char.IsAsciiLetterUpper(source[i]) ? (char)(source[i] | 0x20) : source[i];
            }
        );
}
