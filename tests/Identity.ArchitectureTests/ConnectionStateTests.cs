using System.Text.RegularExpressions;

namespace Identity.ArchitectureTests;

/// <summary>Connections go back to the pool as they are (<c>No Reset On Close</c>): what one request left on them, the
/// next one would have.</summary>
public sealed partial class ConnectionStateTests
{
    // They open connections of their own, outside the pool, and end them.
    private static readonly string[] OwnConnections =
    [
        "src/Identity.Core/Bench/BenchFill.cs",
        "src/Identity.Core/Data/ChangeListener.cs",
        "src/Identity.Core/Data/MigrationRunner.cs",
        // Their tables go with the transaction (ON COMMIT DROP).
        "src/Identity.Core/Import/Users/BelongingStaging.cs",
        "src/Identity.Core/Import/Users/UserStaging.cs",
    ];

    [Fact]
    public void No_statement_leaves_state_on_a_pooled_connection() =>
        Rule.Holds(
            SourceTree
                .Files.Where(file =>
                    file.IsCSharp && file.IsUnder("src/Identity.") && !OwnConnections.Contains(file.Path)
                )
                .SelectMany(Leftovers)
        );

    [Theory]
    [InlineData("SET lock_timeout = '1s'", true)]
    [InlineData("SET SESSION CHARACTERISTICS", true)]
    [InlineData("SET LOCAL lock_timeout = '1s'", false)]
    [InlineData("UPDATE users SET name = @name", false)]
    [InlineData("SELECT pg_advisory_lock(1)", true)]
    [InlineData("SELECT pg_try_advisory_lock(1)", true)]
    [InlineData("SELECT pg_advisory_xact_lock(1)", false)]
    [InlineData("LISTEN identity_changed", true)]
    [InlineData("CREATE TEMP TABLE t", true)]
    [InlineData("SELECT set_config('a', 'b', false)", true)]
    [InlineData("SELECT set_config('a', 'b', true)", false)]
    public void A_statement_that_leaves_state_is_found(string sql, bool breach) =>
        Assert.Equal(breach, Leftovers(new SourceFile("a.cs", $"const string Sql = \"{sql}\";")).Any());

    private static IEnumerable<string> Leftovers(SourceFile file) =>
        file
            .Lines.Index()
            .Where(static line => !line.Item.TrimStart().StartsWith("//", StringComparison.Ordinal))
            .Where(static line => State().IsMatch(line.Item))
            .Select(line => $"{file.Path}:{line.Index + 1}: leaves state on its connection: {line.Item.Trim()}");

    [GeneratedRegex(
        """
            \bpg_(try_)?advisory_lock|["\s;]LISTEN\s|CREATE\s+(LOCAL\s+)?TEMP
            |set_config\([^)]*,\s*false\)|"SET\s+(?!LOCAL\b)
            """,
        RegexOptions.IgnorePatternWhitespace | RegexOptions.ExplicitCapture
    )]
    private static partial Regex State();
}
