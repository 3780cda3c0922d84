using System.Text.Json;
using System.Text.RegularExpressions;

namespace Identity.ArchitectureTests;

/// <summary>docs/protocol.md says the truth: its files and tests exist, and nothing of the protocol or of the discovery
/// document is missing from it.</summary>
public sealed partial class ProtocolDocumentTests
{
    private const string Protocol = "src/Identity.Server/Protocol/";
    private const string Core = "src/Identity.Core/";
    private static readonly SourceFile Page = SourceTree.Files.Single(static file => file.Path == "docs/protocol.md");
    private static readonly Lazy<HashSet<string>> Tests = new(static () =>
        [.. SourceTree.Files.Where(static file => file.IsCSharp && file.IsUnder("tests/")).SelectMany(TestsOf)]
    );

    [Fact]
    public void Every_file_exists() => Rule.Holds(UnknownFiles(Page.Text));

    [Fact]
    public void Every_test_exists() => Rule.Holds(UnknownTests(Page.Text));

    [Fact]
    public void Every_row_has_a_file_or_a_reason_and_a_test() => Rule.Holds(RowsWithoutProof(Page.Text));

    [Fact]
    public void Every_folder_of_the_protocol_is_named() =>
        Rule.Holds(
            SourceTree
                .Paths.Where(static path => path.StartsWith(Protocol, StringComparison.Ordinal))
                .Select(static path => path[Protocol.Length..])
                .Where(static file => file.Contains('/', StringComparison.Ordinal))
                .Select(static file => file[..(file.LastIndexOf('/') + 1)])
                .Distinct()
                .Where(static folder => !Page.Text.Contains($"`{folder}", StringComparison.Ordinal))
                .Select(static folder => $"{Page.Path} does not name {folder}")
        );

    [Fact]
    public void Every_member_of_the_discovery_document_is_named()
    {
        var golden = SourceTree.Files.Single(static file =>
            file.Path.EndsWith("Protocol/Golden/openid-configuration.json", StringComparison.Ordinal)
        );
        using var document = JsonDocument.Parse(golden.Text);

        Rule.Holds(
            document
                .RootElement.EnumerateObject()
                .Where(static member => !Page.Text.Contains($"`{member.Name}`", StringComparison.Ordinal))
                .Select(static member => $"{Page.Path} does not name {member.Name}")
        );
    }

    // The journeys through the samples are tests of these two only as long as nothing of ours stands between.
    [Theory]
    [InlineData("WebApp", "Microsoft.AspNetCore.Authentication.OpenIdConnect")]
    [InlineData("Api", "Microsoft.AspNetCore.Authentication.JwtBearer")]
    public void A_sample_is_a_stock_client_with_no_line_of_ours(string sample, string handler)
    {
        var project = SourceTree.Files.Single(file => file.Path == $"src/Samples/{sample}/{sample}.csproj").Text;

        Assert.Contains(handler, Package().Matches(project).Select(static match => match.Groups["name"].Value));
        Assert.DoesNotContain("ProjectReference", project);
        Assert.DoesNotContain(
            SourceTree.Files.Where(file => file.IsCSharp && file.IsUnder($"src/Samples/{sample}/")),
            static file => file.Text.Contains("using Identity.", StringComparison.Ordinal)
        );
    }

    // ---- that the rules can fail ----

    [Theory]
    [InlineData("| a | `Endpoints/Authorize/AuthorizeEndpoint.cs` | `AuthorizeTests` |", 0)]
    [InlineData("| a | `Core/Grants/RefreshTokenStore.cs` | `AuthorizeTests` |", 0)]
    [InlineData("| a | `Endpoints/Authorize/Nothing.cs` | `AuthorizeTests` |", 1)]
    [InlineData("| a | `Core/Nothing/RefreshTokenStore.cs` | `AuthorizeTests` |", 1)]
    public void A_missing_file_is_found(string row, int count) => Assert.Equal(count, UnknownFiles(row).Count());

    [Theory]
    [InlineData("`AuthorizeTests`", 0)]
    [InlineData("`AuthorizeTests.Prompt_none_without_a_session_says_login_required`", 0)]
    [InlineData("`AuthorizeTests.Nothing_of_the_kind`", 1)]
    [InlineData("`DiscoveryTests.Prompt_none_without_a_session_says_login_required`", 1)]
    [InlineData("`NothingTests`", 1)]
    public void A_missing_test_is_found(string text, int count) => Assert.Equal(count, UnknownTests(text).Count());

    [Theory]
    [InlineData("| a | `b.cs` | `AuthorizeTests` |", 0)]
    [InlineData("| a | `b.cs` | soon |", 1)]
    [InlineData("| a | | `AuthorizeTests` |", 1)]
    public void A_row_without_proof_is_found(string row, int count) =>
        Assert.Equal(count, RowsWithoutProof("| Section | File | Test |\n| --- | --- | --- |\n" + row).Count());

    private static IEnumerable<string> UnknownFiles(string text) =>
        FileName()
            .Matches(text)
            .Select(static match => match.Groups["file"].Value)
            .Where(static file =>
                !SourceTree.Paths.Contains(
                    file.StartsWith("Core/", StringComparison.Ordinal) ? Core + file["Core/".Length..] : Protocol + file
                )
            )
            .Select(static file => $"{Page.Path}: {file} does not exist");

    private static IEnumerable<string> UnknownTests(string text) =>
        TestName()
            .Matches(text)
            .Select(static match => match.Groups["test"].Value)
            .Where(static test => !Tests.Value.Contains(test))
            .Select(static test => $"{Page.Path}: no test is called {test}");

    // A row of the tables whose last column is headed Test.
    private static IEnumerable<string> RowsWithoutProof(string text)
    {
        var inTable = false;
        foreach (var line in text.Split('\n'))
        {
            string[] cells = [.. line.Trim().Trim('|').Split('|').Select(static cell => cell.Trim())];
            if (!line.StartsWith('|'))
                inTable = false;
            else if (cells[^1] == "Test")
                inTable = true;
            else if (
                inTable
                && !cells[0].StartsWith("---", StringComparison.Ordinal)
                && (cells.Length != 3 || cells.Any(static cell => cell.Length == 0) || !TestName().IsMatch(cells[^1]))
            )
                yield return $"{Page.Path}: {line}";
        }
    }

    // The class by itself, and each of its tests.
    private static IEnumerable<string> TestsOf(SourceFile file)
    {
        var name = Path.GetFileNameWithoutExtension(file.Path);
        return TestMethod().Matches(file.Text).Select(match => $"{name}.{match.Groups["name"].Value}").Prepend(name);
    }

    [GeneratedRegex("<PackageReference Include=\"(?<name>[^\"]+)\"")]
    private static partial Regex Package();

    [GeneratedRegex("`(?<file>[A-Z][\\w/]*\\.cs)`")]
    private static partial Regex FileName();

    [GeneratedRegex("`(?<test>\\w+Tests(\\.\\w+)?)`")]
    private static partial Regex TestName();

    [GeneratedRegex("\\[(Fact|Theory)\\].*?public (async )?(Task|void) (?<name>\\w+)\\(", RegexOptions.Singleline)]
    private static partial Regex TestMethod();
}
