using System.Text.RegularExpressions;

namespace Identity.ArchitectureTests;

/// <summary>A test that a document names (<c>Class.Method</c>, in backticks) is there, and is run: a promise with a
/// name beside it can be looked up.</summary>
public sealed partial class NamedTestsTests
{
    private static readonly Lazy<HashSet<string>> Tests = new(() =>
        [
            .. SourceTree
                .Files.Where(static file =>
                    file.IsUnder("tests/") && Path.GetFileName(file.Path).Contains("Tests.", StringComparison.Ordinal)
                )
                .SelectMany(static file => TestsOf(file.Text)),
        ]
    );

    [Fact]
    public void Every_test_that_a_document_names_exists() =>
        Rule.Holds(
            SourceTree
                .Files.Where(static file => file.Path.EndsWith(".md", StringComparison.Ordinal))
                .SelectMany(static file =>
                    Named(file.Text)
                        .Where(name => !Tests.Value.Contains(name))
                        .Select(name => $"{file.Path} names {name}, which is no test")
                )
        );

    [Fact]
    public void Every_requirement_stands_once_and_names_a_test()
    {
        var rows = SourceTree
            .Files.Single(static file => file.Path == "docs/security-requirements.md")
            .Text.Split('\n')
            .Where(static line => Requirement().IsMatch(line))
            .ToList();

        Assert.True(rows.Count > 90);
        Assert.Equal(rows.Count, rows.Select(static row => Requirement().Match(row).Value).Distinct().Count());
        Rule.Holds(
            rows.Where(static row => !Named(row).Any())
                .Select(static row => "docs/security-requirements.md names no test in: " + row)
        );
    }

    [Theory]
    [InlineData("`RoomTests.A_cycle_is_found_and_named`", 0)]
    [InlineData("`RoomTests.A_cycle_that_nobody_looks_for`", 1)]
    [InlineData("`NoSuchTests.A_cycle_is_found_and_named`", 1)]
    public void A_test_that_is_not_there_is_found(string text, int count) =>
        Assert.Equal(count, Named(text).Count(static name => !Tests.Value.Contains(name)));

    private static IEnumerable<string> Named(string markdown) =>
        Name().Matches(markdown).Select(static match => match.Groups[1].Value);

    private static IEnumerable<string> TestsOf(string source)
    {
        var name = ClassName().Match(source).Groups[1].Value;
        return TestMethod().Matches(source).Select(match => $"{name}.{match.Groups[1].Value}");
    }

    [GeneratedRegex("`([A-Z][A-Za-z0-9]*Tests\\.[A-Za-z0-9_]+)`")]
    private static partial Regex Name();

    [GeneratedRegex(@"^\| [A-Z]{2}-\d+ (?=\|)")]
    private static partial Regex Requirement();

    [GeneratedRegex(@"public (?:sealed )?(?:partial )?class (\w+)")]
    private static partial Regex ClassName();

    [GeneratedRegex(
        @"\[(?:Fact|Theory)\b[^\]]*\](?:(?!\n    public )[\s\S])*?"
            + @"\n    public (?:static )?(?:async )?(?:Task|void) (\w+)\("
    )]
    private static partial Regex TestMethod();
}
