using System.Text.Json;
using System.Text.RegularExpressions;
using Identity.Core.Clients;
using Identity.Core.Languages;
using Identity.Core.Mail;
using Identity.Testing;

namespace Identity.UnitTests.Pages;

/// <summary>The texts and the pages that use them, read as they lie in the source tree.</summary>
public sealed partial class TextsTests
{
    private const string SourceTag = TextCatalog.SourceTag;
    private static readonly string Server = Repository.PathOf("src/Identity.Server");
    private static readonly string Folder = Repository.PathOf("texts");

    private static readonly string[] Tags = Names(Directory.GetDirectories(Folder));

    private static readonly string[] Areas = Names(Directory.GetFiles(Path.Combine(Folder, SourceTag), "*Texts.json"));

    // Words that a language took over as they are, and the parts of a format.
    private static readonly Dictionary<string, string> SharedWords = new()
    {
        ["every"] = "d MMMM yyyy app id ok webhook webhooks",
        ["de"] = "apps name optional passkey person scope scopes status text",
        ["es"] = "claim claims endpoint error no roles",
        ["fr"] = "action administration date description invitations menu message scope scopes service type",
        ["it"] = "claim email endpoint menu no passkey password scope",
        ["nl"] =
            "apps audiences claim claims code details endpoint labels letters machine mailbox menu native open passkey "
            + "passkeys scope scopes service status type week",
        ["pl"] = "alert menu problem",
        ["pt-BR"] = "apps claim claims endpoint menu status",
    };

    // The letters that a text of a language in another script needs.
    private static readonly Dictionary<string, Regex> Scripts = new()
    {
        ["ar"] = Arabic(),
        ["hi"] = Devanagari(),
        ["ja"] = Japanese(),
        ["zh-Hans"] = Han(),
    };

    public static TheoryData<string> Translations => [.. Tags.Where(static tag => tag != SourceTag)];

    [Fact]
    public void Every_text_is_there_in_every_language_with_the_same_placeholders()
    {
        var catalog = TextCatalog.Load(new());

        Assert.Equal(Tags, catalog.Languages.All.Select(static language => language.Tag).Order());
        Assert.Equal(Areas, catalog.Sets.Order());
        Assert.Empty(catalog.Faults);
        foreach (var tag in Tags)
            Assert.Equal(Files(SourceTag), Files(tag));
    }

    [Theory]
    [MemberData(nameof(Translations))]
    public void No_text_was_left_in_English(string tag)
    {
        var shared = $"{SharedWords["every"]} {SharedWords.GetValueOrDefault(tag)}".Split(' ');

        var untranslated = Texts(tag)
            .Where(text => Words(text.Value).Except(shared, StringComparer.OrdinalIgnoreCase).Any())
            .Where(text =>
                text.Value == Read(text.Area, SourceTag)[text.Key]
                || Scripts.TryGetValue(tag, out var script) && !script.IsMatch(text.Value)
            )
            .Select(static text => $"{text.Area}.{text.Key}: {text.Value}");

        Assert.Empty(untranslated);
    }

    [Theory]
    [MemberData(nameof(Translations))]
    public void The_word_for_email_never_breaks_at_its_hyphen_on_a_page(string tag)
    {
        var breaking = Texts(tag)
            .Concat(Texts(SourceTag))
            .Where(static text => text.Area != nameof(MailTexts))
            .Where(static text => BreakingEmail().IsMatch(text.Value))
            .Select(static text => $"{text.Area}.{text.Key}: {text.Value}");

        Assert.Empty(breaking);
    }

    [Fact]
    public void Every_text_that_a_page_uses_exists_and_every_text_is_used()
    {
        Dictionary<string, HashSet<string>> texts = [];
        foreach (var area in Areas.Where(static area => area != nameof(MailTexts)))
            texts[area] = [.. Read(area, SourceTag).Keys];
        var used = Sources().SelectMany(Uses).ToArray();

        var missing = used.Where(use => !use.IsPrefix && !texts[use.Area].Contains(use.Key))
            .Select(static use => $"{use.File}: {use.Area} has no {use.Key}");
        // A table may name a text by its key alone; a key that no page names anywhere is left over.
        var sources = string.Concat(Sources().Select(File.ReadAllText));
        var spare = texts
            .SelectMany(static area => area.Value.Select(key => (Area: area.Key, Key: key)))
            .Where(text =>
                !sources.Contains($"\"{text.Key}\"", StringComparison.Ordinal)
                && !used.Any(use =>
                    use.IsPrefix && use.Area == text.Area && text.Key.StartsWith(use.Key, StringComparison.Ordinal)
                )
            )
            .Select(static text => $"{text.Area}.{text.Key} is used by no page");

        Assert.Empty(missing.Concat(spare));
    }

    [Fact]
    public void The_console_says_what_each_property_of_a_client_means()
    {
        var texts = Read("AppTexts", SourceTag);

        var missing = ClientProperties
            .All.Select(static property => $"Meaning.{property.Name}")
            .Where(key => !texts.ContainsKey(key));

        Assert.Empty(missing);
    }

    // A localizer is known by its declaration in the file or in the _ViewImports above it; a use is name["Key"], and
    // strings on the same expression, as in a choice.
    private static IEnumerable<(string File, string Area, string Key, bool IsPrefix)> Uses(string path)
    {
        var text = File.ReadAllText(path);
        var declarations = text;
        for (
            var folder = Path.GetDirectoryName(path);
            path.EndsWith(".cshtml", StringComparison.Ordinal)
                && folder?.StartsWith(Server, StringComparison.Ordinal) is true;
            folder = Path.GetDirectoryName(folder)
        )
            declarations += File.Exists(Path.Combine(folder, "_ViewImports.cshtml"))
                ? File.ReadAllText(Path.Combine(folder, "_ViewImports.cshtml"))
                : "";
        foreach (Match localizer in Declaration().Matches(declarations))
        {
            var (area, name) = (localizer.Groups["area"].Value, localizer.Groups["name"].Value);
            foreach (Match use in Regex.Matches(text, $@"(?<![\w.]){name}\[(?<keys>[^\[\]]*(?:\[[^\]]*\][^\[\]]*)*)\]"))
            {
                // What stands in brackets of its own is another localizer's.
                foreach (Match key in Key().Matches(Nested().Replace(use.Groups["keys"].Value, "")))
                {
                    var interpolated = key.Groups["dollar"].Length > 0;
                    var value = key.Groups["key"].Value;
                    yield return (
                        Path.GetFileName(path),
                        area,
                        interpolated ? value[..value.IndexOf('{', StringComparison.Ordinal)] : value,
                        interpolated
                    );
                }
            }
        }
        // The menus of the account and the console name their texts in a table.
        foreach (Match entry in MenuEntry().Matches(text))
        {
            var area = entry.Groups["menu"].Value == "admin" ? "ConsoleTexts" : "AccountTexts";
            yield return (Path.GetFileName(path), area, entry.Groups["key"].Value, false);
        }
    }

    // Pages and what they are made of.
    private static IEnumerable<string> Sources() =>
        ((string[])["Pages", "Presentation", "Admin"]).SelectMany(static folder =>
            Directory.EnumerateFiles(Path.Combine(Server, folder), "*.cs*", SearchOption.AllDirectories)
        );

    private static IEnumerable<(string Area, string Key, string Value)> Texts(string tag) =>
        Areas.SelectMany(area => Read(area, tag).Select(text => (area, text.Key, text.Value)));

    private static Dictionary<string, string> Read(string area, string tag) =>
        JsonSerializer.Deserialize<Dictionary<string, string>>(
            File.ReadAllText(Path.Combine(Folder, tag, $"{area}.json"))
        )!;

    private static string[] Files(string tag) => Names(Directory.GetFiles(Path.Combine(Folder, tag)));

    private static string[] Names(string[] paths) => [.. paths.Select(Path.GetFileNameWithoutExtension).Order()!];

    private static IEnumerable<string> Words(string text) =>
        Word().Matches(Place().Replace(text, "")).Select(static match => match.Value);

    [GeneratedRegex(@"IStringLocalizer<(?<area>\w+)>\s+(?<name>\w+)")]
    private static partial Regex Declaration();

    [GeneratedRegex(@"(?<dollar>\$?)""(?<key>[A-Z][\w.]*(?:\{[^}]*\}[\w.]*)?)""")]
    private static partial Regex Key();

    [GeneratedRegex(@"new\(""/(?<menu>account|admin)[\w/-]*"", ""(?<key>[\w.]+)""[,)]")]
    private static partial Regex MenuEntry();

    [GeneratedRegex(@"\w+\[[^\]]*\]")]
    private static partial Regex Nested();

    [GeneratedRegex("e-mail", RegexOptions.IgnoreCase)]
    private static partial Regex BreakingEmail();

    [GeneratedRegex(@"\{\w+\}")]
    private static partial Regex Place();

    [GeneratedRegex(@"\p{L}+")]
    private static partial Regex Word();

    [GeneratedRegex(@"\p{IsArabic}")]
    private static partial Regex Arabic();

    [GeneratedRegex(@"\p{IsDevanagari}")]
    private static partial Regex Devanagari();

    [GeneratedRegex(@"[\p{IsHiragana}\p{IsKatakana}\p{IsCJKUnifiedIdeographs}]")]
    private static partial Regex Japanese();

    [GeneratedRegex(@"\p{IsCJKUnifiedIdeographs}")]
    private static partial Regex Han();
}
