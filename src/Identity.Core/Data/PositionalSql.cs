using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Identity.Core.Data;

/// <summary> A command with its named parameters replaced by numbers, as PostgreSQL expects. Npgsql does this too, but
/// parses the whole text on every call. Here each text is parsed once: statements are constants, so the string object
/// is the cache key.
/// </summary>
internal sealed partial class PositionalSql
{
    private static readonly ConditionalWeakTable<string, PositionalSql> Known = [];

    private PositionalSql(string? text, string[] names) => (Text, Names) = (text, names);

    /// <summary>The command with <c>$1</c>, <c>$2</c> and so on; null if the driver has to parse it: several commands
    /// in one text, dollar quotes, escape strings.</summary>
    public string? Text { get; }

    /// <summary>The names of the parameters, by number.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The command for this text.</summary>
    public static PositionalSql Of(string sql) => Known.GetValue(sql, static text => Read(text));

    private static PositionalSql Read(string sql)
    {
        List<string> names = [];
        var isPlain = true;
        var text = Tokens()
            .Replace(
                sql.TrimEnd().TrimEnd(';'),
                token =>
                {
                    var name = token.Groups["name"];
                    if (!name.Success)
                    {
                        isPlain &= !token.Groups["beyond"].Success;
                        return token.Value;
                    }
                    if (!names.Contains(name.Value))
                        names.Add(name.Value);
                    return $"${names.IndexOf(name.Value) + 1}";
                }
            );
        return new(isPlain ? text : null, [.. names]);
    }

    // Quoted text and comments are copied unchanged. A name after another operator character, as in @@name, is not a
    // parameter.
    [GeneratedRegex(
        """(?<beyond>(?<=[eE])'|;|\$|/\*)|'[^']*'|"[^"]*"|--[^\n]*|(?<![@\w])@(?<name>[A-Za-z_]\w*)""",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant
    )]
    private static partial Regex Tokens();
}
