using System.Text.RegularExpressions;
using Identity.Testing;

namespace Identity.ArchitectureTests;

/// <summary>Lines that can be read side by side, and a repository that stands alone.</summary>
public sealed partial class TextTests
{
    private const int MaxLineLength = 120;

    // Migrations that have been applied somewhere are known by their checksum and stay as they are.
    private static readonly string[] Immutable = ["db/migrations/002_idp.sql"];

    private static readonly string[] Own = ["src/", "tests/", "docs/", "db/"];

    [Fact]
    public void Lines_of_code_hold_to_120_characters_in_strings_and_comments_too() =>
        Rule.Holds(
            SourceTree
                .Files.Where(file => file.IsCSharp)
                .SelectMany(file => LongLines(file).Select(line => $"{file.Path}:{line}: longer than {MaxLineLength}"))
        );

    [Fact]
    public void Nothing_cites_a_paper_that_is_not_in_the_repository() =>
        Rule.Holds(
            SourceTree
                .Files.Where(file => Own.Any(file.IsUnder) || !file.Path.Contains('/', StringComparison.Ordinal))
                .Where(file => !Immutable.Contains(file.Path))
                .SelectMany(Citations)
        );

    // ---- that the rules can fail ----

    [Theory]
    [InlineData("Use TimeProvider (STY" + "LE 10).", true)]
    [InlineData("asked first (SECUR" + "ITY PW-5)", true)]
    [InlineData("ours (PROT" + "OCOL, design C)", true)]
    [InlineData("one way (ARCHITECT" + "URE, \"Layout\")", true)]
    [InlineData("looks like (STY" + "LE).", true)]
    [InlineData("LANGUAGE plpgsql SECURITY DEFINER", false)]
    [InlineData("CREATE SCHEMA idp", false)]
    [InlineData("see SECURITY.md, and PW-5", false)]
    public void A_citation_is_found(string text, bool breach) =>
        Assert.Equal(breach, Citations(new SourceFile("a.cs", text)).Any());

    [Theory]
    [InlineData(120, false)]
    [InlineData(121, true)]
    public void A_long_line_is_found(int length, bool breach) =>
        Assert.Equal(breach, LongLines(new SourceFile("a.cs", new string('x', length))).Any());

    private static IEnumerable<int> LongLines(SourceFile file) =>
        file
            .Lines.Select((line, index) => (Length: line.TrimEnd('\r').Length, Number: index + 1))
            .Where(line => line.Length > MaxLineLength)
            .Select(line => line.Number);

    private static IEnumerable<string> Citations(SourceFile file) =>
        Citation()
            .Matches(file.Text)
            .Select(match => $"{file.Path}:{file.Text[..match.Index].Count(c => c == '\n') + 1}: {match.Value}");

    [GeneratedRegex(
        "\\b(?:STYLE|ARCHITECTURE|PROTOCOL|SCHEMA|LANGUAGE|EXPERIENCE|DUENDE|PERFORMANCE|SECURITY|BATCHING|SCA"
            + "LE)\\b"
            + "(?: \\d|,?\\s+(?:///? )?\"[A-Z]|, design\\b| [A-Z]{2}-\\d|\\))"
    )]
    private static partial Regex Citation();
}
