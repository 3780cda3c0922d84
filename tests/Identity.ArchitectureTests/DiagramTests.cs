using System.Text.RegularExpressions;

namespace Identity.ArchitectureTests;

/// <summary>The drawings of the documents agree with the assemblies, the list of rooms, the folders and the
/// schema.</summary>
public sealed partial class DiagramTests
{
    private const string Protocol = "Identity.Server.Protocol";
    private static readonly Document Page = new(
        SourceTree.Files.Single(static file => file.Path == "docs/architecture.md")
    );
    private static readonly string[] Drawings =
    [
        .. Page.Blocks.Where(static block => block.Language == "mermaid").Select(static block => block.Text),
    ];

    [Fact]
    public void The_map_of_the_protocol_has_the_arrows_of_the_assemblies()
    {
        var seen = Folder
            .Uses(CompiledHouse.Product.Uses)
            .Where(static use => use.Parent == Protocol)
            .Select(static use => (NodeOf(use.From), NodeOf(use.To)))
            .ToHashSet();

        Assert.Equal(Lines(Reduced(seen)), Lines(ArrowsOf(MapWith("Engine["))));
    }

    [Fact]
    public void The_map_of_Core_has_the_arrows_of_the_list_of_rooms()
    {
        var listed = Room.Allowed()
            .Where(static pair => pair.From.StartsWith("Core.", StringComparison.Ordinal) && pair.From != "Core.*")
            .Select(static pair => (pair.From["Core.".Length..], pair.To["Core.".Length..]))
            .ToHashSet();

        Assert.Equal(Lines(Reduced(listed)), Lines(ArrowsOf(MapWith("Recovery -->"))));
    }

    [Fact]
    public void The_layers_show_the_rooms_of_Core_and_no_others()
    {
        var layers = Page.Blocks.Single(static block =>
            block.Text.Contains("rooms of Identity.Core", StringComparison.Ordinal)
        );
        var server = FoldersOf("src/Identity.Server/").Concat(["Program", "Identity", "Core"]);

        var drawn = Name().Matches(layers.Text).Select(static match => match.Value).Except(server);

        Assert.Equal(FoldersOf("src/Identity.Core/").Order(), drawn.Order());
    }

    [Fact]
    public void The_picture_of_the_tables_has_columns_of_the_schema()
    {
        var picture = new Document(FileOf("db/schema-summary.md"))
            .Blocks.Single(static block => block.Language == "mermaid")
            .Text;

        var drawn = Entity().Matches(picture).SelectMany(static match => ColumnsOf(match)).ToList();

        Assert.Equal(
            TablesOf(FileOf("db/schema.sql").Text),
            drawn.Select(static column => column.Table).Distinct().Order()
        );
        Rule.Holds(
            drawn
                .Where(static column => !HasColumn(FileOf("db/schema.sql").Text, column))
                .Select(static column => $"db/schema-summary.md draws {column}, which the schema does not have.")
        );
    }

    [Fact]
    public void The_sequences_name_addresses_that_exist()
    {
        var sequences = Drawings.Where(static drawing => drawing.StartsWith("sequence", StringComparison.Ordinal));
        var named = sequences.SelectMany(static drawing => Address().Matches(drawing)).Select(match => match.Value);

        Rule.Holds(
            named
                .Distinct()
                .Where(static address => !IsServed(address))
                .Select(static address => $"docs/architecture.md draws {address}, which nothing serves.")
        );
        Assert.Equal(2, sequences.Count());
    }

    // ---- that the rules can fail ----

    [Fact]
    public void An_arrow_that_follows_from_others_is_left_out() =>
        Assert.Equal("A --> B\nB --> C", Lines(Reduced([("A", "B"), ("B", "C"), ("A", "C")])));

    [Theory]
    [InlineData("/connect/token", true)]
    [InlineData("/sign-in", true)]
    [InlineData("/nowhere", false)]
    public void An_address_that_nothing_serves_is_found(string address, bool served) =>
        Assert.Equal(served, IsServed(address));

    [Theory]
    [InlineData("id", "uuid", true)]
    [InlineData("until", "timestamptz", true)]
    [InlineData("id", "text", false)]
    [InlineData("name", "text", false)]
    public void A_column_that_the_schema_does_not_have_is_found(string name, string type, bool exists) =>
        Assert.Equal(
            exists,
            HasColumn(
                "CREATE TABLE public.t (\n    id uuid NOT NULL,\n    until timestamp with time zone\n);\n\n"
                    + "CREATE TABLE public.u (\n    name text\n);",
                ("t", name, type)
            )
        );

    private static SourceFile FileOf(string path) => SourceTree.Files.Single(file => file.Path == path);

    private static IEnumerable<string> FoldersOf(string parent) =>
        SourceTree
            .Files.Where(file => file.IsCSharp && file.IsUnder(parent))
            .Select(file => file.Path[parent.Length..])
            .Where(static path => path.Contains('/', StringComparison.Ordinal))
            .Select(static path => path[..path.IndexOf('/', StringComparison.Ordinal)])
            .Distinct();

    private static IEnumerable<(string Table, string Name, string Type)> ColumnsOf(Match entity) =>
        Column()
            .Matches(entity.Groups["columns"].Value)
            .Select(column => (entity.Groups["table"].Value, column.Groups["name"].Value, column.Groups["type"].Value));

    private static IEnumerable<string> TablesOf(string schema) =>
        PublicTable().Matches(schema).Select(static match => match.Groups["table"].Value).Order();

    private static bool HasColumn(string schema, (string Table, string Name, string Type) column) =>
        Regex.IsMatch(
            schema,
            $"CREATE TABLE public\\.{column.Table} \\((?:(?!^\\)).)*?^    {column.Name} {SqlTypeOf(column.Type)}\\b",
            RegexOptions.Multiline | RegexOptions.Singleline
        );

    private static string SqlTypeOf(string type) => type == "timestamptz" ? "timestamp with time zone" : type;

    private static string NodeOf(string folder) => folder == Folder.OwnFiles ? "Table" : folder;

    private static string MapWith(string mark) =>
        Drawings.Single(drawing =>
            drawing.StartsWith("flowchart", StringComparison.Ordinal)
            && drawing.Contains(mark, StringComparison.Ordinal)
        );

    private static HashSet<(string From, string To)> ArrowsOf(string map) =>
        [.. Arrow().Matches(map).Select(static match => (match.Groups["from"].Value, match.Groups["to"].Value))];

    // An arrow stays when no other way leads from its beginning to its end.
    private static IEnumerable<(string From, string To)> Reduced(HashSet<(string From, string To)> arrows) =>
        arrows.Where(arrow => !Leads(arrow.From, arrow.To, [.. arrows.Where(other => other != arrow)]));

    private static bool Leads(string from, string to, HashSet<(string From, string To)> arrows)
    {
        HashSet<string> seen = [];
        Stack<string> next = new([from]);
        while (next.TryPop(out var room))
        {
            foreach (var arrow in arrows.Where(arrow => arrow.From == room && seen.Add(arrow.To)))
                next.Push(arrow.To);
        }

        return seen.Contains(to);
    }

    // One text, so that a failure shows all arrows.
    private static string Lines(IEnumerable<(string From, string To)> arrows) =>
        string.Join('\n', arrows.Select(static arrow => $"{arrow.From} --> {arrow.To}").Order(StringComparer.Ordinal));

    private static bool IsServed(string address) =>
        SourceTree.Files.Any(file =>
            file.IsUnder("src/Identity.Server/")
            && (file.IsCSharp || file.Path.EndsWith(".cshtml", StringComparison.Ordinal))
            && file.Text.Contains($"\"{address}\"", StringComparison.Ordinal)
        );

    [GeneratedRegex("^  (?<from>\\w+)(?:\\[\"[^\"]*\"\\])? --> (?<to>\\w+)", RegexOptions.Multiline)]
    private static partial Regex Arrow();

    [GeneratedRegex("\\b[A-Z]\\w+\\b")]
    private static partial Regex Name();

    [GeneratedRegex("^    (?<table>\\w+) \\{(?<columns>[^}]*)\\}", RegexOptions.Multiline)]
    private static partial Regex Entity();

    [GeneratedRegex("(?<type>[a-z]\\w*) (?<name>[a-z]\\w*)(?: [PF]K)?(?: \"[^\"]*\")?\\s*(?:\\n|$)")]
    private static partial Regex Column();

    [GeneratedRegex("^CREATE TABLE public\\.(?<table>\\w+)", RegexOptions.Multiline)]
    private static partial Regex PublicTable();

    [GeneratedRegex("(?<![\\w<])/[a-z][a-z-]*(?:/[a-z-]+)*")]
    private static partial Regex Address();
}
