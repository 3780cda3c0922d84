using System.Text;
using Identity.Core.Primitives;
using Microsoft.Extensions.Primitives;

namespace Identity.Server.Browser;

/// <summary>The rules of a form or query.</summary>
/// <param name="Repeats">Whether a name may occur more than once, as with check boxes.</param>
/// <param name="MaxName">The maximum length of a name.</param>
/// <param name="Lines">Whether a value may have several lines.</param>
/// <param name="Typed">Whether people typed it. Invalid characters in such a field are removed and the field is
/// reported, so that the form can be shown again. U+FFFD, with which a decoder replaces invalid bytes, counts as
/// invalid too, because the original input is lost.</param>
internal sealed record FormRules(bool Repeats, int MaxName, bool Lines, bool Typed = false)
{
    // Every page binds typed input to a property Input, except for the name of a passkey.
    private const string InputPrefix = "Input.";
    private const string PasskeyName = "name";

    /// <summary>OAuth parameters: each at most once (RFC 6749 section 3.1); JSON values may have several
    /// lines.</summary>
    public static FormRules Protocol { get; } = new(Repeats: false, MaxName: 1_000, Lines: true);

    /// <summary>The query of a page or of an answer from another provider.</summary>
    public static FormRules Query { get; } = new(Repeats: true, MaxName: 200, Lines: true);

    /// <summary>The fields of a page: each is one line.</summary>
    public static FormRules Page { get; } = new(Repeats: true, MaxName: 200, Lines: false, Typed: true);

    /// <summary>The fields of the console, where a list has one value per line.</summary>
    public static FormRules Console { get; } = new(Repeats: true, MaxName: 200, Lines: true);

    /// <summary>Whether a person fills in the field of this name.</summary>
    public bool IsFilledIn(string name) =>
        Typed && (name.StartsWith(InputPrefix, StringComparison.Ordinal) || name == PasskeyName);
}

/// <summary> The only parser of <c>application/x-www-form-urlencoded</c>, for bodies, queries and return URLs (OA-6,
/// DO-2): UTF-8 whatever charset is declared, strict, with valid text in every name and value.
/// </summary>
internal abstract record FormText
{
    /// <summary>The maximum number of parameters. The longest legitimate request, a signed one with every option, has
    /// about forty.</summary>
    public const int MaxParameters = 100;

    /// <summary>Parameters that may occur more than once (RFC 8707 section 2, RFC 8693 section 2.1).</summary>
    private static readonly HashSet<string> Repeatable = new(StringComparer.Ordinal) { "resource", "audience" };

    private FormText() { }

    /// <param name="Mended">The fields from which invalid characters were removed; see <see
    /// cref="FormRules.Typed"/>.</param>
    public sealed record Read(Dictionary<string, StringValues> Parameters, IReadOnlyList<string> Mended) : FormText;

    /// <param name="Problem">The fault, without any content of the request.</param>
    /// <param name="IsText">Whether an invalid character is the reason, which a person can fix.</param>
    public sealed record Refused(string Problem, bool IsText = false) : FormText;

    /// <summary>Parses the query of a URL, with or without its question mark. Non-ASCII characters were not
    /// percent-encoded, so their bytes are taken as received.</summary>
    public static FormText ParseQuery(string query, FormRules rules) =>
        UntrustedText.IsText(query)
            ? Parse(Encoding.UTF8.GetBytes(query.StartsWith('?') ? query[1..] : query), rules)
            : new Refused("The query is not UTF-8.", IsText: true);

    /// <summary>Parses <paramref name="text"/>, which holds the raw, undecoded bytes.</summary>
    public static FormText Parse(ReadOnlySpan<byte> text, FormRules rules)
    {
        Dictionary<string, StringValues> parameters = new(StringComparer.Ordinal);
        List<string> mended = [];
        var count = 0;
        foreach (var range in text.Split((byte)'&'))
        {
            var pair = text[range];
            if (pair.IsEmpty)
                continue;
            var equals = pair.IndexOf((byte)'=');
            if (Decode(equals < 0 ? pair : pair[..equals], rules, out var name) is { } badName)
                return badName;
            var value = string.Empty;
            if (equals >= 0 && Decode(pair[(equals + 1)..], rules, out value) is { } badValue)
            {
                if (!badValue.IsText || !rules.IsFilledIn(name))
                    return badValue;
                value = UntrustedText.KeepLine(value);
                mended.Add(name);
            }
            if (name.Length > rules.MaxName)
                return new Refused("The name of a parameter is too long.");
            if (parameters.TryGetValue(name, out var before) && !rules.Repeats && !Repeatable.Contains(name))
                return new Refused("A parameter is given twice.");
            if (++count > MaxParameters)
                return new Refused("There are too many parameters.");
            parameters[name] = StringValues.Concat(before, value);
        }

        return new Read(parameters, mended);
    }

    private static Refused? Decode(ReadOnlySpan<byte> text, FormRules rules, out string decoded)
    {
        decoded = string.Empty;
        var bytes = text.Length <= 512 ? stackalloc byte[512] : new byte[text.Length];
        var length = 0;
        for (var i = 0; i < text.Length; i++)
        {
            var current = text[i];
            if (current == '+')
            {
                current = (byte)' ';
            }
            else if (current == '%')
            {
                if (
                    i + 2 >= text.Length
                    || !char.IsAsciiHexDigit((char)text[i + 1])
                    || !char.IsAsciiHexDigit((char)text[i + 2])
                )
                    return new("A percent sign is not followed by two hex digits.");
                current = (byte)((Hex(text[i + 1]) << 4) | Hex(text[i + 2]));
                i += 2;
            }
            bytes[length++] = current;
        }

        bytes = bytes[..length];
        decoded = Encoding.UTF8.GetString(bytes);
        if (!System.Text.Unicode.Utf8.IsValid(bytes) || rules.Typed && decoded.Contains('\uFFFD'))
            return new("A parameter is not UTF-8.", IsText: true);
        return (rules.Lines ? UntrustedText.IsText(decoded) : UntrustedText.IsLine(decoded))
            ? null
            : new("A parameter holds a control character or a code point that is no character.", IsText: true);
    }

    private static int Hex(byte digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
}
