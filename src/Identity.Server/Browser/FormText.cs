using System.Text;
using Identity.Core.Primitives;
using Microsoft.Extensions.Primitives;

namespace Identity.Server.Browser;

/// <summary>What a reader of forms and queries allows.</summary>
/// <param name="Repeats">Whether a name may stand more than once, as the boxes of a page do.</param>
/// <param name="MaxName">The most characters of a name.</param>
/// <param name="Lines">Whether a value may have several lines.</param>
internal sealed record FormRules(bool Repeats, int MaxName, bool Lines)
{
    /// <summary>OAuth parameters: each once (RFC 6749 section 3.1); JSON in them may be written over several
    /// lines.</summary>
    public static FormRules Protocol { get; } = new(Repeats: false, MaxName: 1_000, Lines: true);

    /// <summary>The query of a page or of an answer from another provider.</summary>
    public static FormRules Query { get; } = new(Repeats: true, MaxName: 200, Lines: true);

    /// <summary>The fields of a page: each is one line.</summary>
    public static FormRules Page { get; } = new(Repeats: true, MaxName: 200, Lines: false);
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

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private FormText() { }

    public sealed record Read(Dictionary<string, StringValues> Parameters) : FormText;

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
                return badValue;
            if (name.Length > rules.MaxName)
                return new Refused("The name of a parameter is too long.");
            if (parameters.TryGetValue(name, out var before) && !rules.Repeats && !Repeatable.Contains(name))
                return new Refused("A parameter is given twice.");
            if (++count > MaxParameters)
                return new Refused("There are too many parameters.");
            parameters[name] = StringValues.Concat(before, value);
        }

        return new Read(parameters);
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
        if (!System.Text.Unicode.Utf8.IsValid(bytes))
            return new("A parameter is not UTF-8.", IsText: true);
        decoded = Utf8.GetString(bytes);
        return (rules.Lines ? UntrustedText.IsText(decoded) : UntrustedText.IsLine(decoded))
            ? null
            : new("A parameter holds a control character or a code point that is no character.", IsText: true);
    }

    private static int Hex(byte digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
}
