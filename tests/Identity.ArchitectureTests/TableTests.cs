using System.Text.RegularExpressions;
using Identity.Testing;

namespace Identity.ArchitectureTests;

/// <summary>Every table has one room that writes it: what may change its rows is read in one place.</summary>
public sealed partial class TableTests
{
    private const string ListFile = "tests/Identity.ArchitectureTests/tables.txt";

    private static readonly string[] Lines =
    [
        .. File.ReadLines(Repository.PathOf(ListFile)).Where(line => line.Length > 0 && line[0] != '#'),
    ];

    [Fact]
    public void Only_the_rooms_on_the_list_write_a_table() =>
        Rule.Holds(
            from write in Writes(Product)
            where !Lines.Any(line => Allows(line, write))
            select $"{write.File} writes {write.Table}, which {write.Room} does not own. Let its owner do it (a "
                + "statement"
                + $" of PersonalData, if a person's data is forgotten), or give a reason in {ListFile}."
        );

    [Fact]
    public void The_list_names_every_table_once_and_nothing_that_is_gone()
    {
        var tables = Created()
            .Matches(File.ReadAllText(Repository.PathOf("db/schema.sql")))
            .Select(match => match.Groups["table"].Value)
            .ToHashSet(StringComparer.Ordinal);
        var owned = Lines.Where(line => line.Contains(" = ", StringComparison.Ordinal)).Select(Table).ToList();
        var writes = Writes(Product).ToList();

        Rule.Holds(tables.Except(owned).Select(table => $"{table}: no room owns it"));
        Rule.Holds(owned.Except(tables).Select(table => $"{table}: no such table"));
        Assert.Equal(owned.Distinct(), owned);
        Rule.Holds(
            Lines
                .Where(line => line.Contains(" + ", StringComparison.Ordinal))
                .Where(line => !writes.Any(write => Allows(line, write)))
                .Select(line => $"no longer true: {line}")
        );
    }

    [Fact]
    public void The_list_is_sorted() => Assert.Equal(Lines.Order(StringComparer.Ordinal), Lines);

    [Fact]
    public void A_statement_that_writes_names_the_schema_of_its_table() =>
        Rule.Holds(
            from file in Product
            from match in Unqualified().Matches(WithoutComments(file.Text)).Cast<Match>()
            select $"{file.Path}: {match.Value}"
        );

    // ---- that the rules can fail ----

    [Theory]
    [InlineData("INSERT INTO idp.passkeys (id) VALUES (@id)", "idp.passkeys")]
    [InlineData("WITH a AS (DELETE FROM idp.magic_links WHERE id = @id) SELECT 1", "idp.magic_links")]
    [InlineData("UPDATE public.users SET name = @name", "public.users")]
    [InlineData("UPDATE public.users AS u SET name = @name", "public.users")]
    [InlineData("SELECT 1 FROM public.users FOR UPDATE", null)]
    [InlineData("ON CONFLICT (id) DO UPDATE SET a = 1", null)]
    [InlineData("// INSERT INTO idp.passkeys is not sent", null)]
    public void A_write_is_found(string text, string? table) =>
        Assert.Equal(
            table,
            Writes([new("src/Identity.Core/Users/A.cs", text)]).Select(write => write.Table).SingleOrDefault()
        );

    [Theory]
    [InlineData("public.users = Core.Users", "Core.Users", true)]
    [InlineData("public.users = Core.Users", "Core.Mail", false)]
    [InlineData("public.users + Core.Mail: a reason", "Core.Mail", true)]
    [InlineData("* + Core.Mail: a reason", "Core.Mail", true)]
    [InlineData("idp.grants = Core.Mail", "Core.Mail", false)]
    public void A_line_allows_what_it_says(string line, string room, bool allowed) =>
        Assert.Equal(allowed, Allows(line, new("public.users", room, "A.cs")));

    private static IEnumerable<SourceFile> Product =>
        SourceTree.Files.Where(file => file.IsCSharp && file.IsUnder("src/Identity."));

    private static IEnumerable<Write> Writes(IEnumerable<SourceFile> files) =>
        from file in files
        let parts = file.Path.Split('/')
        where parts.Length > 3
        from match in Written().Matches(WithoutComments(file.Text)).Cast<Match>()
        select new Write(match.Groups["table"].Value, $"{parts[1]["Identity.".Length..]}.{parts[2]}", file.Path);

    private static bool Allows(string line, Write write) =>
        (Table(line) == write.Table || Table(line) == "*") && RoomOf(line) == write.Room;

    private static string RoomOf(string line) => line.Split(' ')[2].TrimEnd(':');

    private static string Table(string line) => line.Split(' ')[0];

    private static string WithoutComments(string text) => Comment().Replace(text, "");

    private sealed record Write(string Table, string Room, string File);

    [GeneratedRegex(
        "\\b(?:INSERT\\s+INTO|DELETE\\s+FROM|UPDATE|MERGE\\s+INTO|TRUNCATE|COPY)\\s+(?<table>(?:public|idp)\\.\\w+)"
    )]
    private static partial Regex Written();

    [GeneratedRegex("\\b(?:INSERT\\s+INTO|DELETE\\s+FROM|MERGE\\s+INTO)\\s+(?!public\\.|idp\\.|bench\\.)\\S+")]
    private static partial Regex Unqualified();

    [GeneratedRegex("^\\s*//.*$", RegexOptions.Multiline)]
    private static partial Regex Comment();

    [GeneratedRegex(
        "^CREATE (?:UNLOGGED )?TABLE (?<table>(?:public|idp)\\.(?!audit_logs_)\\w+)",
        RegexOptions.Multiline
    )]
    private static partial Regex Created();
}
