using System.Text.RegularExpressions;
using Identity.Testing;

namespace Identity.ArchitectureTests;

/// <summary>The walks of docs/walkthroughs.md, file by file: each file exists, follows from an earlier one, and steps
/// of the protocol stand in the order of the pipeline.</summary>
public sealed partial class WalkthroughTests
{
    private static readonly IReadOnlyList<Walk> Walks = Walk.ReadAll(
        File.ReadAllText(Repository.PathOf("docs/walkthroughs.md"))
    );
    private static readonly IReadOnlyDictionary<string, int> Pipeline = PositionsOf(
        File.ReadAllLines(Repository.PathOf("tests/Identity.UnitTests/Protocol/pipeline.txt"))
    );

    [Fact]
    public void There_are_three_walks_of_ten_files_and_more()
    {
        Assert.Equal(3, Walks.Count);
        Assert.All(Walks, static walk => Assert.True(walk.Files.Count >= 10, walk.Title));
    }

    [Fact]
    public void Every_file_exists() => Rule.Holds(Walks.SelectMany(Missing));

    [Fact]
    public void Every_file_is_used_by_an_earlier_one_or_is_found_by_its_route() =>
        Rule.Holds(Walks.SelectMany(walk => Unreached(walk, CompiledHouse.Product.Uses)));

    [Fact]
    public void Steps_of_one_endpoint_stand_in_the_order_of_the_pipeline() => Rule.Holds(Walks.SelectMany(Disordered));

    // ---- that the rules can fail ----

    [Fact]
    public void A_file_that_is_not_there_is_found() =>
        Assert.Single(Missing(new("A walk", ["src/Identity.Server/Nothing.cs"])));

    [Fact]
    public void A_file_that_nothing_leads_to_is_found() =>
        Assert.Single(
            Unreached(
                new("A walk", ["src/Identity.A/X.cs", "src/Identity.A/B/Y.cs", "src/Identity.A/Z.cs"]),
                [new("Identity.A.X", "Identity.A.B.Y", "")]
            )
        );

    [Fact]
    public void Steps_in_another_order_are_found() =>
        Assert.Single(
            Disordered(
                new(
                    "A walk",
                    [
                        "src/Identity.Server/Protocol/Grants/RefreshTokenGrant.cs",
                        "src/Identity.Server/Protocol/Clients/RequireCredentials.cs",
                    ]
                )
            )
        );

    private static IEnumerable<string> Missing(Walk walk) =>
        walk
            .Files.Where(static file => !SourceTree.Paths.Contains(file))
            .Select(file => $"{walk.Title}: {file} does not exist");

    private static IEnumerable<string> Unreached(Walk walk, IReadOnlyCollection<Use> uses) =>
        walk
            .Files.Skip(1)
            .Where(static file => !file.EndsWith(".cshtml.cs", StringComparison.Ordinal))
            .Where(file => !walk.Files.TakeWhile(other => other != file).Any(earlier => Leads(earlier, file, uses)))
            .Select(file => $"{walk.Title}: no earlier file uses {file}");

    // A constant of another type is copied by the compiler, so that only the source shows the use.
    private static bool Leads(string earlier, string file, IReadOnlyCollection<Use> uses) =>
        uses.Any(use => Bare(use.From) == TypeOf(earlier) && Bare(use.To) == TypeOf(file))
        || SourceTree
            .Files.Where(source => source.Path == earlier)
            .Any(source =>
                Regex.IsMatch(source.Text, $"(?<![\\w/\"])\\b{Path.GetFileNameWithoutExtension(file)}\\.[A-Z]")
            );

    private static IEnumerable<string> Disordered(Walk walk)
    {
        var steps = walk
            .Files.Select(Path.GetFileNameWithoutExtension)
            .OfType<string>()
            .Where(Pipeline.ContainsKey)
            .ToList();
        return steps
            .Zip(steps.Skip(1))
            .Where(static pair => Pipeline[pair.Second] / Endpoint == Pipeline[pair.First] / Endpoint)
            .Where(static pair => Pipeline[pair.Second] < Pipeline[pair.First])
            .Select(pair => $"{walk.Title}: {pair.First} stands behind {pair.Second}");
    }

    // Without the number of type parameters that the compiler adds to a name.
    private static string Bare(string type) => type.Split('`')[0];

    private static string TypeOf(string file) =>
        file["src/".Length..]
            .Replace(".cshtml.cs", "Model", StringComparison.Ordinal)
            .Replace(".cs", "", StringComparison.Ordinal)
            .Replace('/', '.');

    // Where a step of ours stands for the first time: the endpoint's number, times a hundred thousand, and the line.
    private const int Endpoint = 100_000;

    private static Dictionary<string, int> PositionsOf(string[] lines)
    {
        Dictionary<string, int> positions = new(StringComparer.Ordinal);
        var endpoint = 0;
        for (var line = 0; line < lines.Length; line++)
        {
            if (lines[line].Length > 0 && lines[line][0] != ' ')
                endpoint++;
            if (Step().Match(lines[line]) is { Success: true } step)
                positions.TryAdd(step.Groups["name"].Value, endpoint * Endpoint + line);
        }

        return positions;
    }

    [GeneratedRegex("^  \\* (?<name>\\w+)")]
    private static partial Regex Step();

    private sealed partial record Walk(string Title, IReadOnlyList<string> Files)
    {
        public static IReadOnlyList<Walk> ReadAll(string document) =>
            [
                .. Section()
                    .Matches(document)
                    .Select(static section => new Walk(
                        section.Groups["title"].Value,
                        [
                            .. Item()
                                .Matches(section.Groups["text"].Value)
                                .Select(static item => item.Groups["file"].Value),
                        ]
                    )),
            ];

        [GeneratedRegex(
            "^### (?<title>Walk: [^\\n]+)\\n(?<text>.*?)(?=^##|\\z)",
            RegexOptions.Multiline | RegexOptions.Singleline
        )]
        private static partial Regex Section();

        [GeneratedRegex("^\\d+\\. `(?<file>[^`]+)`", RegexOptions.Multiline)]
        private static partial Regex Item();
    }
}
