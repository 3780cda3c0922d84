using System.Text;
using Identity.Core.Primitives;
using Microsoft.Extensions.Primitives;

namespace Identity.Server.Browser;

/// <summary>What a reader of forms and queries allows.</summary>
/// <param name="Repeats">Whether a name may stand more than once, as the boxes of a page do.</param>
/// <param name="MaxName">The most characters of a name.</param>
/// <param name="Lines">Whether a value may have several lines.</param>
/// <param name="Typed">Whether people typed it. What is unsound in a field that a person fills in is taken out and the
/// field is named, so that the form can be shown again; and U+FFFD, which a decoder before us made of bytes that were
/// no text, is unsound as well, for what was typed is lost.</param>
internal sealed record FormRules(bool Repeats, int MaxName, bool Lines, bool Typed = false)
{
    // Every page binds what people type to a property Input; the name of a passkey stands by itself.
    private const string InputPrefix = "Input.";
    private const string PasskeyName = "name";

    /// <summary>OAuth parameters: each once (RFC 6749 section 3.1); JSON in them may be written over several
    /// lines.</summary>
    public static FormRules Protocol { get; } = new(Repeats: false, MaxName: 1_000, Lines: true);

    /// <summary>The query of a page or of an answer from another provider.</summary>
    public static FormRules Query { get; } = new(Repeats: true, MaxName: 200, Lines: true);

    /// <summary>The fields of a page: each is one line.</summary>
    public static FormRules Page { get; } = new(Repeats: true, MaxName: 200, Lines: false, Typed: true);

    /// <summary>The fields of the console, where a list has one value a line.</summary>
    public static FormRules Console { get; } = new(Repeats: true, MaxName: 200, Lines: true);

    /// <summary>Whether a person fills in the field of this name.</summary>
    public bool IsFilledIn(string name) =>
        Typed && (name.StartsWith(InputPrefix, StringComparison.Ordinal) || name == PasskeyName);
}

/// <summary>
/// The only reader of <c>application/x-www-form-urlencoded</c>, in bodies, queries and return URLs (OA-6, DO-2): UTF-8
/// whatever a charset claims, nothing forgiven, every name and value sound text.
/// </summary>
internal abstract record FormText
{
    /// <summary>How many parameters a request may have. The longest honest one, a signed request with every option, has
    /// some forty.</summary>
    public const int MaxParameters = 100;

    /// <summary>Parameters that may stand more than once (RFC 8707 section 2, RFC 8693 section 2.1).</summary>
    private static readonly HashSet<string> Repeatable = new(StringComparer.Ordinal) { "resource", "audience" };

    private FormText() { }

    /// <param name="Mended">The fields from which something unsound was taken out; see
    /// <see cref="FormRules.Typed"/>.</param>
    public sealed record Read(Dictionary<string, StringValues> Parameters, IReadOnlyList<string> Mended) : FormText;

    /// <param name="Problem">What is wrong with it, in words that hold nothing of it.</param>
    /// <param name="IsText">Whether a character in it is the reason: a person can mend that.</param>
    public sealed record Refused(string Problem, bool IsText = false) : FormText;

    /// <summary>Parses the query of a URL, with or without its question mark. A character beyond ASCII was never
    /// percent-encoded: its bytes are as they came.</summary>
    public static FormText ParseQuery(string query, FormRules rules) =>
        UntrustedText.IsText(query)
            ? Parse(Encoding.UTF8.GetBytes(query.StartsWith('?') ? query[1..] : query), rules)
            : new Refused("The query is not UTF-8.", IsText: true);

    /// <summary>Parses <paramref name="text"/>, which holds the raw bytes: nothing decoded yet.</summary>
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
