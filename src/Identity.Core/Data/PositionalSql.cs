using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Identity.Core.Data;

/// <summary>
/// A command whose named parameters are numbered, as PostgreSQL takes them. Npgsql numbers them too, but reads the
/// whole text at every call. Here each text is read once: statements are constants, so the object itself is the key.
/// </summary>
internal sealed partial class PositionalSql
{
    private static readonly ConditionalWeakTable<string, PositionalSql> Known = [];

    private PositionalSql(string? text, string[] names) => (Text, Names) = (text, names);

    /// <summary>The command with <c>$1</c>, <c>$2</c> and so on; null when it is left to the driver: several commands
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

    // Quoted text and comments are passed over as they are. A name that follows another sign of an operator, as in
    // @@name, is none.
    [GeneratedRegex(
        """(?<beyond>(?<=[eE])'|;|\$|/\*)|'[^']*'|"[^"]*"|--[^\n]*|(?<![@\w])@(?<name>[A-Za-z_]\w*)""",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant
    )]
    private static partial Regex Tokens();
}
