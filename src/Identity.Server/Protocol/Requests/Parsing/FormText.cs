using System.Text;
using System.Text.Unicode;
using Microsoft.Extensions.Primitives;

namespace Identity.Server.Protocol.Requests.Parsing;

/// <summary>The parameters of a request as <c>application/x-www-form-urlencoded</c>, in a query or a body, read without
/// forgiveness (OA-6, DO-2).</summary>
internal abstract record FormText
{
    /// <summary>How many parameters a request may have. The longest honest one, a signed request with every option, has
    /// some forty.</summary>
    public const int MostParameters = 100;

    /// <summary>Parameters that may stand more than once (RFC 8707 section 2, RFC 8693 section 2.1).</summary>
    private static readonly HashSet<string> Repeatable = new(StringComparer.Ordinal) { "resource", "audience" };

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private FormText() { }

    public sealed record Read(Dictionary<string, StringValues> Parameters) : FormText;

    /// <param name="Problem">What is wrong with it, in words that hold nothing of it.</param>
    public sealed record Refused(string Problem) : FormText;

    /// <summary>Parses <paramref name="text"/>, which holds the raw bytes: nothing decoded yet.</summary>
    public static FormText Parse(ReadOnlySpan<byte> text)
    {
        Dictionary<string, StringValues> parameters = new(StringComparer.Ordinal);
        foreach (var range in text.Split((byte)'&'))
        {
            var pair = text[range];
            if (pair.IsEmpty)
                continue;
            var equals = pair.IndexOf((byte)'=');
            var name = Decode(equals < 0 ? pair : pair[..equals], out var problem);
            var value = name is null || equals < 0 ? string.Empty : Decode(pair[(equals + 1)..], out problem);
            if (name is null || value is null)
                return new Refused(problem!);
            if (parameters.TryGetValue(name, out var before) && !Repeatable.Contains(name))
                return new Refused("A parameter is given twice.");
            parameters[name] = StringValues.Concat(before, value);
            if (parameters.Count > MostParameters || parameters[name].Count > MostParameters)
                return new Refused("There are too many parameters.");
        }

        return new Read(parameters);
    }

    private static string? Decode(ReadOnlySpan<byte> text, out string? problem)
    {
        problem = null;
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
                {
                    problem = "A percent sign is not followed by two hex digits.";
                    return null;
                }
                current = (byte)((Hex(text[i + 1]) << 4) | Hex(text[i + 2]));
                i += 2;
            }
            bytes[length++] = current;
        }

        bytes = bytes[..length];
        if (bytes.Contains((byte)0))
            problem = "A parameter holds a NUL character.";
        else if (!System.Text.Unicode.Utf8.IsValid(bytes))
            problem = "A parameter is not UTF-8.";
        return problem is null ? Utf8.GetString(bytes) : null;
    }

    private static int Hex(byte digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
}
