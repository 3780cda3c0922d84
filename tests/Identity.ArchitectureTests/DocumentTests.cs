using System.Text.Json;
using System.Text.RegularExpressions;
using Identity.Core.Detection;
using Identity.Core.Monitoring;
using Identity.Server.Commands;
using Identity.Server.Protocol;

namespace Identity.ArchitectureTests;

/// <summary>Whatever the documents name exists: paths, links, commands, settings, decision records; and JSON in them is
/// JSON.</summary>
public sealed partial class DocumentTests
{
    private static readonly HashSet<string> Paths = [.. SourceTree.Paths, .. SourceTree.Paths.SelectMany(Folders)];
    private static readonly string[] Tops =
    [
        .. SourceTree
            .Paths.Where(path => path.Contains('/', StringComparison.Ordinal))
            .Select(path => path.Split('/')[0])
            .Distinct(),
    ];
    private static readonly Lazy<string> Sources = new(() =>
        string.Join('\n', SourceTree.Files.Where(file => file.IsUnder("src/")).Select(file => file.Text))
    );
    private static readonly IReadOnlyList<Document> Documents =
    [
        .. SourceTree
            .Files.Where(file => file.Path.EndsWith(".md", StringComparison.Ordinal))
            .Select(file => new Document(file)),
    ];

    [Fact]
    public void Every_link_leads_somewhere() => Rule.Holds(Documents.SelectMany(DeadLinks));

    [Fact]
    public void Every_path_exists() => Rule.Holds(Documents.SelectMany(MissingPaths));

    [Fact]
    public void Every_setting_is_read_somewhere() => Rule.Holds(Documents.SelectMany(UnknownSettings));

    [Fact]
    public async Task Every_command_exists()
    {
        List<string> breaches = [];
        foreach (var document in Documents)
            breaches.AddRange(await UnknownCommandsAsync(document));

        Rule.Holds(breaches);
    }

    [Fact]
    public void What_to_watch_names_every_metric_every_alert_and_every_rule_of_detection()
    {
        var text = SourceTree.Files.Single(file => file.Path == "docs/operations.md").Text;
        var tables = text[text.IndexOf("### What to watch", StringComparison.Ordinal)..];
        var sources = SourceTree.Files.Where(file => file.IsUnder("src/")).Select(file => file.Text);
        var metrics = sources
            .Where(source => source.Contains("IdentityMeter", StringComparison.Ordinal))
            .Append(string.Join('\n', ServiceMetric.All.Select(metric => $"\"{metric.Instrument}\"")))
            .SelectMany(source => Instrument().Matches(source))
            .Select(match => match.Value.Trim('"'));
        var alerts = Alert()
            .Matches(SourceTree.Files.Single(file => file.Path == "docs/observability/identity.rules.yml").Text)
            .Select(match => match.Groups["name"].Value);
        string[] names = [.. metrics, .. alerts, .. DetectionRules.All.Select(rule => rule.Name)];

        Assert.True(names.Length > 40, $"Only {names.Length} were found.");
        Rule.Holds(
            names
                .Distinct()
                .Where(name => !Regex.IsMatch(tables, $@"^\|.*`{Regex.Escape(name)}`", RegexOptions.Multiline))
                .Select(name => $"docs/operations.md, What to watch: {name} is missing")
        );
    }

    [Fact]
    public void JSON_is_JSON() => Rule.Holds(Documents.SelectMany(BadJson));

    [Fact]
    public void Decision_records_have_a_number_of_their_own_and_each_is_in_the_index()
    {
        var records = SourceTree
            .Paths.Where(path => Record().IsMatch(path))
            .Select(path => Path.GetFileName(path))
            .ToList();
        var index = Documents.Single(document => document.Path == "docs/decisions/README.md").Links.ToHashSet();

        Assert.Equal(records.Count, records.DistinctBy(record => record[..4]).Count());
        Rule.Holds(
            records
                .Where(record => !index.Contains(record))
                .Select(record => $"docs/decisions/README.md does not name {record}")
        );
    }

    [Fact]
    public void The_architecture_names_every_room()
    {
        var document = Text("docs/architecture.md");

        Rule.Holds(
            SourceTree
                .Paths.Select(path => RoomFolder().Match(path))
                .Where(match => match.Success)
                .Select(match => match.Groups["room"].Value)
                .Distinct()
                .Where(room => !Regex.IsMatch(document, $"\\b{room}\\b"))
                .Select(room => $"docs/architecture.md does not name the room {room}")
        );
    }

    [Fact]
    public void The_database_document_names_every_migration_and_every_table_of_idp()
    {
        var document = Text("db/README.md");

        Rule.Holds(
            SourceTree
                .Paths.Where(path => MigrationFile().IsMatch(path))
                .Where(path => !document.Contains(path, StringComparison.Ordinal))
                .Select(path => $"db/README.md does not name {path}")
        );
        Rule.Holds(
            IdpTable()
                .Matches(Text("db/schema.sql"))
                .Select(match => match.Groups["table"].Value)
                .Where(table => !document.Contains($"`{table}`", StringComparison.Ordinal))
                .Select(table => $"db/README.md does not say what idp.{table} is")
        );
    }

    // ---- that the rules can fail ----

    [Theory]
    [InlineData("[a](docs/decisions/README.md)", 0)]
    [InlineData("[a](docs/decisions/README.md#decision-records)", 0)]
    [InlineData("[a](#the-only-heading)\n\n## The only heading", 0)]
    [InlineData("[a](docs/nothing.md)", 1)]
    [InlineData("[a](docs/decisions/README.md#no-such-heading)", 1)]
    [InlineData("![a](docs/nothing.png)", 1)]
    [InlineData("[a](https://example.org/nothing)", 0)]
    public void A_dead_link_is_found(string text, int count) => Assert.Equal(count, DeadLinks(Sample(text)).Count());

    [Theory]
    [InlineData("`src/Identity.Core/Users`", 0)]
    [InlineData("`db/migrations/*.sql`", 0)]
    [InlineData("`Identity.Server/Protocol`", 0)]
    [InlineData("`appsettings.json`", 0)]
    [InlineData("`src/Identity.Core/Nothing`", 1)]
    [InlineData("`db/nothing/*.sql`", 1)]
    [InlineData("`nothing-at-all.sql`", 1)]
    [InlineData("`application/json`", 0)]
    public void A_missing_path_is_found(string text, int count) =>
        Assert.Equal(count, MissingPaths(Sample(text)).Count());

    [Theory]
    [InlineData("`./run`", 0)]
    [InlineData("`./runs`", 1)]
    [InlineData("```sh\ndotnet run --project src/Identity.Server\n```", 0)]
    [InlineData("```sh\ndotnet run --project src/Nothing\n```", 1)]
    [InlineData("```sh\nidentity users add ada@example.org --name Ada\n```", 0)]
    [InlineData("```sh\nidentity users teleport\n```", 1)]
    [InlineData("`identity users add --no-such-option`", 1)]
    [InlineData("```sh\ndotnet run --project src/Identity.Server -- nonsense\n```", 1)]
    [InlineData("```sh\npsql \"$POSTGRES_URL\" -f db/nothing.sql\n```", 1)]
    public async Task An_unknown_command_is_found(string text, int count) =>
        Assert.Equal(count, (await UnknownCommandsAsync(Sample(text))).Count);

    [Theory]
    [InlineData("`Identity:Issuer`", 0)]
    [InlineData("`Identity:Clients:<id>:RedirectUris`", 0)]
    [InlineData("`Identity:Nonsense`", 1)]
    public void An_unknown_setting_is_found(string text, int count) =>
        Assert.Equal(count, UnknownSettings(Sample(text)).Count());

    [Theory]
    [InlineData("```json\n{ \"a\": 1 }\n```", 0)]
    [InlineData("```json\n\"a\": { \"b\": [1] }\n```", 0)]
    [InlineData("```json\n{ \"a\": }\n```", 1)]
    public void Broken_JSON_is_found(string text, int count) => Assert.Equal(count, BadJson(Sample(text)).Count());

    private static string Text(string path) => SourceTree.Files.Single(file => file.Path == path).Text;

    private static Document Sample(string text) => new(new SourceFile("SAMPLE.md", text));

    private static IEnumerable<string> Folders(string path)
    {
        for (var cut = path.LastIndexOf('/'); cut > 0; cut = path.LastIndexOf('/', cut - 1))
            yield return path[..cut];
    }

    private static string Resolve(string folder, string target)
    {
        List<string> parts = [.. folder.Split('/', StringSplitOptions.RemoveEmptyEntries)];
        foreach (var part in target.Split('/'))
        {
            if (part == ".." && parts.Count > 0)
                parts.RemoveAt(parts.Count - 1);
            else if (part is not ("." or ".." or ""))
                parts.Add(part);
        }

        return string.Join('/', parts);
    }

    private static IEnumerable<string> DeadLinks(Document document)
    {
        foreach (var link in document.Links)
        {
            var parts = link.Split('#', 2);
            var path = parts[0].Length > 0 ? Resolve(document.Folder, parts[0]) : document.Path;
            var target = path == document.Path ? document : Documents.FirstOrDefault(other => other.Path == path);
            if (path != document.Path && !Exists(path))
                yield return $"{document.Path}: ({link}) leads nowhere";
            else if (parts.Length == 2 && target is not null && !target.Anchors.Contains(parts[1]))
                yield return $"{document.Path}: ({link}) has no such heading";
        }
    }

    private static IEnumerable<string> MissingPaths(Document document) =>
        document
            .CodeSpans.Where(span => LooksLikePath().IsMatch(span) && !Placeholder().IsMatch(span))
            .Where(span => !Names(document.Folder, span.TrimEnd('/')) && !Promised.Contains(span))
            .Select(span => $"{document.Path}: `{span}` does not exist");

    // From the root, beside the document, or within src and tests, as one says it. A name that begins like none of ours
    // is no path of ours.
    private static bool Names(string folder, string span)
    {
        var first = span.Split('/')[0];
        if (!span.Contains('/', StringComparison.Ordinal))
            return Paths.Any(path => Path.GetFileName(path) == span) || MadeAtRunTime.Contains(span);
        if (!Tops.Contains(first) && !first.StartsWith("Identity.", StringComparison.Ordinal))
            return true;
        return new[] { span, Resolve(folder, span), "src/" + span, "tests/" + span }.Any(Exists)
            || MadeAtRunTime.Contains(span);
    }

    // Said by a document before it was built. The list must be empty in a release.
    private static readonly string[] Promised = [];

    private static readonly string[] MadeAtRunTime = ["keys/master.key", "master.key", "demo.json", "node_modules"];

    private static bool Exists(string path) =>
        path.Contains('*', StringComparison.Ordinal)
            ? Paths.Any(
                new Regex("^" + Regex.Escape(path).Replace("\\*", "[^/]*", StringComparison.Ordinal) + "$").IsMatch
            )
            : Paths.Contains(path);

    private static async Task<IReadOnlyList<string>> UnknownCommandsAsync(Document document)
    {
        List<string> unknown = [];
        foreach (var command in document.Commands)
        {
            var words = Words().Matches(command.Split(" #")[0].Split('|')[0]).Select(word => word.Value).ToList();
            var problem = words[0] switch
            {
                "identity" => await UnknownToIdentityAsync(words.Skip(1)),
                "dotnet" => MissingFile(words.TakeWhile(word => word != "--"))
                    ?? (
                        words.IndexOf("--") is > 0 and var cut
                        && words.Any(word => word.StartsWith("src/Identity.Server", StringComparison.Ordinal))
                            ? await UnknownToIdentityAsync(words.Skip(cut + 1))
                            : null
                    ),
                "psql" => MissingFile(words),
                var script => Paths.Contains(Resolve("", script)) ? null : $"{script} does not exist",
            };
            if (problem is not null && !Promised.Any(promise => command.StartsWith(promise, StringComparison.Ordinal)))
                unknown.Add($"{document.Path}: {command}: {problem}");
        }

        return unknown;
    }

    private static string? MissingFile(IEnumerable<string> words) =>
        words
            .Where(word =>
                word.Contains('/', StringComparison.Ordinal)
                && Tops.Contains(word.Split('/')[0])
                && !Placeholder().IsMatch(word)
            )
            .FirstOrDefault(word => !Exists(word.TrimEnd('/')))
            is { } missing
            ? $"{missing} does not exist"
            : null;

    // The program is asked for its help, which names the command that it understood, and its options.
    private static async Task<string?> UnknownToIdentityAsync(IEnumerable<string> said)
    {
        var words = said.ToList();
        var verbs = words.TakeWhile(word => Verb().IsMatch(word)).Take(2).ToList();
        for (var known = verbs.Count; known >= 0; known--)
        {
            var help = await HelpAsync(verbs.Take(known));
            var usage = string.Join(' ', verbs.Take(known).Prepend("identity"));
            if (!UsageOf(help).StartsWith(usage, StringComparison.Ordinal))
                continue;
            // A word that is left must be an argument, and then the command must take one.
            if (known < verbs.Count && (known == 0 || help.Contains("Commands:", StringComparison.Ordinal)))
                return $"there is no command {verbs[known]}";
            return
                words.FirstOrDefault(word =>
                    word.StartsWith("--", StringComparison.Ordinal)
                    && !help.Contains(word.Split('=')[0], StringComparison.Ordinal)
                )
                    is { } option
                ? $"there is no option {option}"
                : null;
        }

        return "the program does not answer";
    }

    private static async Task<string> HelpAsync(IEnumerable<string> verbs)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        await CommandLine.RunAsync([.. verbs, "--help"], new OpenIddictEngine(), TextReader.Null, output, error);
        return output.ToString();
    }

    // The program is called by what runs it, here the tests.
    private static string UsageOf(string help) =>
        Usage().Match(help) is { Success: true } usage ? "identity" + usage.Groups["rest"].Value : "";

    private static IEnumerable<string> UnknownSettings(Document document) =>
        document
            .CodeSpans.Where(span => Setting().IsMatch(span))
            .Where(span =>
                !span.Split(':')
                    .Where(part => char.IsUpper(part[0]))
                    .All(part => Sources.Value.Contains(part, StringComparison.Ordinal))
            )
            .Select(span => $"{document.Path}: nothing reads `{span}`");

    private static IEnumerable<string> BadJson(Document document)
    {
        foreach (var (language, text) in document.Blocks)
        {
            if (language is not ("json" or "jsonc"))
                continue;
            string? problem = null;
            try
            {
                using var parsed = JsonDocument.Parse(
                    text.TrimStart().StartsWith('"') ? "{" + text + "}" : text,
                    new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true }
                );
            }
            catch (JsonException exception)
            {
                problem = $"{document.Path}: {exception.Message} {text}";
            }

            if (problem is not null)
                yield return problem;
        }
    }

    [GeneratedRegex("\"identity(?:\\.[a-z_]+){2}\"")]
    private static partial Regex Instrument();

    [GeneratedRegex("- alert: (?<name>\\w+)")]
    private static partial Regex Alert();

    [GeneratedRegex("^src/Identity\\.(?:Core|Server)/(?<room>[A-Za-z]+)/.*\\.cs$")]
    private static partial Regex RoomFolder();

    [GeneratedRegex("^db/migrations/[0-9]{3}_\\w+\\.sql$")]
    private static partial Regex MigrationFile();

    [GeneratedRegex("^CREATE (?:UNLOGGED )?TABLE idp\\.(?!audit_logs_)(?<table>\\w+)", RegexOptions.Multiline)]
    private static partial Regex IdpTable();

    [GeneratedRegex("^docs/decisions/\\d{4}-[a-z0-9-]+\\.md$")]
    private static partial Regex Record();

    [GeneratedRegex(
        "^(\\./)?[\\w.@-]+(/[\\w.@*-]+)+/?$|^[\\w-]+\\.(md|json|sql|cs|cshtml|props|sln|yaml|txt|mjs|csproj)$"
    )]
    private static partial Regex LooksLikePath();

    [GeneratedRegex("[<>{}$]|NNN|\\.\\.\\.")]
    private static partial Regex Placeholder();

    [GeneratedRegex("\"[^\"]*\"|'[^']*'|\\S+")]
    private static partial Regex Words();

    [GeneratedRegex("^[a-z][a-z-]*$")]
    private static partial Regex Verb();

    [GeneratedRegex("Usage:\\s+\\S+(?<rest>[^\\r\\n]*)")]
    private static partial Regex Usage();

    [GeneratedRegex("^Identity(:[\\w<>.*-]+)+$")]
    private static partial Regex Setting();
}
