using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Identity.Core.Clients;

/// <summary>Writes a value into a snippet so that it stays a value. A redirect URI and a scope may have quotes in them,
/// and the text is pasted into a program (OWASP ASVS 1.2: context-specific output encoding).</summary>
internal static partial class SnippetQuoting
{
    // Plain scalars that YAML 1.1 or 1.2 reads as something else than text.
    private static readonly HashSet<string> YamlWords = new(StringComparer.OrdinalIgnoreCase)
    {
        "true",
        "false",
        "yes",
        "no",
        "on",
        "off",
        "y",
        "n",
        "null",
    };

    /// <summary>How the language of a stack writes a value at a placeholder of its template.</summary>
    public static Func<string, string> Of(string stack) =>
        stack switch
        {
            "aspnetcore" or "node" or "spa" => InString,
            "spring" => Yaml,
            "apache" => Apache,
            "service" => Shell,
            _ => throw new ArgumentOutOfRangeException(nameof(stack)),
        };

    // Inside a string of C# or JavaScript, which both know \uXXXX. The sign < could end a script element.
    private static string InString(string value)
    {
        StringBuilder text = new(value.Length);
        foreach (var sign in value)
        {
            if (sign is >= ' ' and <= '~' and not ('\'' or '"' or '`' or '\\' or '<'))
                text.Append(sign);
            else
                text.Append(CultureInfo.InvariantCulture, $"\\u{(int)sign:x4}");
        }
        return text.ToString();
    }

    private static string Yaml(string value) =>
        YamlPlain().IsMatch(value) && !YamlWords.Contains(value)
            ? value
            : $"'{value.Replace("'", "''", StringComparison.Ordinal)}'";

    private static string Apache(string value) =>
        ApachePlain().IsMatch(value)
            ? value
            : '"'
                + value.Replace("\\", @"\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)
                + '"';

    // In single quotes, which a quote in the value ends and begins again.
    private static string Shell(string value) => $"'{value.Replace("'", @"'\''", StringComparison.Ordinal)}'";

    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9_.-]*(://[A-Za-z0-9_.:/-]*[A-Za-z0-9_/])?\z")]
    private static partial Regex YamlPlain();

    [GeneratedRegex(@"^[A-Za-z0-9_.:/?&=@~-]+\z")]
    private static partial Regex ApachePlain();
}
