using System.Text.RegularExpressions;

namespace Identity.ArchitectureTests;

/// <summary>What sources look like.</summary>
public sealed partial class SourceTests
{
    [Fact]
    public void Source_files_stay_under_300_lines_and_tests_under_500() =>
        Rule.Holds(SourceTree.Files.SelectMany(TooLong));

    [Fact]
    public void Program_composes_in_under_80_lines() =>
        Rule.Holds(
            SourceTree
                .Files.Where(file =>
                    file.Path.EndsWith("/Program.cs", StringComparison.Ordinal)
                    && file.IsUnder("src/")
                    && file.Lines.Count >= 80
                )
                .Select(file => $"{file.Path}: {file.Lines.Count} lines")
        );

    [Fact]
    public void Every_room_opens_with_a_paragraph_that_says_what_it_owns()
    {
        var rooms = SourceTree
            .Files.Where(file => file.IsCSharp && RoomFolder().IsMatch(file.Path))
            .GroupBy(file => RoomFolder().Match(file.Path).Groups["room"].Value);

        Rule.Holds(
            rooms
                .Where(room => !HasParagraph(room.Key, room))
                .Select(room => $"{room.Key}: no file says \"// {room.Key} owns ...\" and what it does not.")
        );
    }

    [Fact]
    public void Every_public_type_of_Core_is_documented() =>
        Rule.Holds(SourceTree.Files.Where(file => file.IsUnder("src/Identity.Core/")).SelectMany(Undocumented));

    [Fact]
    public void No_warning_test_or_exception_is_silenced() =>
        Rule.Holds(SourceTree.Files.Where(file => file.IsCSharp).SelectMany(Silenced));

    [Fact]
    public void No_file_names_a_registry_or_a_folder_of_somebodys_machine() =>
        Rule.Holds(SourceTree.Files.SelectMany(LocalTraces));

    // ---- that the rules can fail ----

    [Theory]
    [InlineData("src/Identity.Core/Users/A.cs", 301, true)]
    [InlineData("src/Identity.Core/Users/A.cs", 300, false)]
    [InlineData("src/Identity.Server/Pages/A.cshtml", 301, true)]
    [InlineData("tests/Identity.UnitTests/A.cs", 501, true)]
    [InlineData("tests/Identity.UnitTests/A.cs", 500, false)]
    [InlineData("db/schema.sql", 900, false)]
    public void A_long_file_is_found(string path, int lines, bool breach) =>
        Assert.Equal(breach, TooLong(new SourceFile(path, string.Concat(Enumerable.Repeat("x\n", lines)))).Any());

    [Theory]
    [InlineData("public sealed class A;", true)]
    [InlineData("[Serializable]\npublic sealed record A(int B);", true)]
    [InlineData("/// <summary>Text.</summary>\npublic sealed record A(int B);", false)]
    [InlineData("/// <summary>Text.</summary>\n[Serializable]\npublic sealed class A;", false)]
    [InlineData("// Users owns accounts.\npublic sealed class A;", false)]
    [InlineData("internal sealed class A;", false)]
    public void An_undocumented_type_is_found(string text, bool breach) =>
        Assert.Equal(breach, Undocumented(new SourceFile("src/Identity.Core/A.cs", text)).Any());

    [Theory]
    [InlineData("#pragma " + "warning disable CA1822", true)]
    [InlineData("[Fact(" + "Skip = \"later\")]", true)]
    [InlineData("catch " + "(Exception)\n{\n}", true)]
    [InlineData("catch " + "{ }", true)]
    [InlineData("catch " + "(JsonException)\n{\n    return null;\n}", false)]
    [InlineData("catch " + "(IOException)\n{\n    // Gone already.\n}", false)]
    public void A_silencer_is_found(string text, bool breach) =>
        Assert.Equal(breach, Silenced(new SourceFile("a.cs", text)).Any());

    [Theory]
    [InlineData("folder = \"/wo" + "rk/main\"", true)]
    [InlineData("cd /ro" + "ot", true)]
    [InlineData("\"resol" + "ved\": \"https://example.test/a.tgz\"", true)]
    [InlineData("https://registry.npm" + "js.org/a", true)]
    [InlineData("the framework/root of it", false)]
    [InlineData("a $root/work folder", false)]
    [InlineData("<ro" + "ot></ro" + "ot>", false)]
    public void A_trace_of_a_machine_is_found(string text, bool breach) =>
        Assert.Equal(breach, LocalTraces(new SourceFile("a.txt", text)).Any());

    private static IEnumerable<string> TooLong(SourceFile file)
    {
        var limit = file.Path switch
        {
            _ when file.IsUnder("src/") && (file.IsCSharp || file.Path.EndsWith(".cshtml", StringComparison.Ordinal)) =>
                300,
            _ when file.IsUnder("tests/") && file.IsCSharp => 500,
            _ => int.MaxValue,
        };
        return file.Lines.Count > limit ? [$"{file.Path}: {file.Lines.Count} lines, {limit} at most"] : [];
    }

    private static bool HasParagraph(string room, IEnumerable<SourceFile> files) =>
        files.Any(file => file.Lines.Any(line => line.StartsWith($"// {room} owns ", StringComparison.Ordinal)));

    private static IEnumerable<string> Undocumented(SourceFile file)
    {
        for (var i = 0; i < file.Lines.Count; i++)
        {
            // Types at the left margin: what is nested in them is told by their own text. A room's one method
            // says what it adds.
            if (
                PublicType().Match(file.Lines[i]) is not { Success: true } type
                || type.Groups["name"].Value.EndsWith("Services", StringComparison.Ordinal)
            )
                continue;
            var above = i - 1;
            while (above >= 0 && file.Lines[above].StartsWith('['))
                above--;
            if (above < 0 || !file.Lines[above].StartsWith("//", StringComparison.Ordinal))
                yield return $"{file.Path}:{i + 1}: {type.Groups["name"].Value} is public and says nothing of itself.";
        }
    }

    private static IEnumerable<string> Silenced(SourceFile file) =>
        Silencer()
            .Matches(file.Text)
            .Select(match =>
                $"{file.Path}:{file.Text[..match.Index].Count(c => c == '\n') + 1}: "
                + $"{match.Value.ReplaceLineEndings(" ")}"
            );

    private static IEnumerable<string> LocalTraces(SourceFile file) =>
        LocalTrace()
            .Matches(file.Text)
            .Select(match => $"{file.Path}:{file.Text[..match.Index].Count(c => c == '\n') + 1}: {match.Value.Trim()}");

    [GeneratedRegex("^src/Identity\\.(Core|Server)/(?<room>[A-Za-z]+)/[^/]+\\.cs$")]
    private static partial Regex RoomFolder();

    [GeneratedRegex(
        "^public (?:(?:sealed|static|abstract|partial|readonly) )*(?:class|record "
            + "struct|record|struct|interface|enum) (?<name>\\w+)"
    )]
    private static partial Regex PublicType();

    [GeneratedRegex(
        "#pragma warning " + "disable|\\bSkip ?= ?\"|\\bcatch(\\s*\\([^)]*\\))?(\\s+when[^{}]*)?\\s*\\{\\s*\\}"
    )]
    private static partial Regex Silencer();

    [GeneratedRegex(
        "(?<![\\w$}.)*<>/-])/(?:work|root)(?![\\w-])|\"resolved\":\\s*\"(?:http|file)"
            + "|registry\\.npmjs|api\\.nuget\\.org|pypi\\.org"
    )]
    private static partial Regex LocalTrace();
}
