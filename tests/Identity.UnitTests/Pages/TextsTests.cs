using System.Text.RegularExpressions;
using System.Xml.Linq;
using Identity.Core.Clients;
using Identity.Testing;

namespace Identity.UnitTests.Pages;

/// <summary>The resource files and the pages that use them, read as they lie in the source tree.</summary>
public sealed partial class TextsTests
{
    private static readonly string[] Translations = ["de", "fr", "ar"];
    private static readonly string Server = Repository.PathOf("src/Identity.Server");

    private static readonly Dictionary<string, string> Folders = Directory
        .GetFiles(Server, "*Texts.resx", SearchOption.AllDirectories)
        .Where(static file => Path.GetFileName(Path.GetDirectoryName(file)) == "Texts")
        .ToDictionary(
            static file => Path.GetFileNameWithoutExtension(file)!,
            static file => Path.GetDirectoryName(file)!
        );

    // Texts that are the same word in both languages, and formats.
    private static readonly HashSet<string> SameOnPurpose =
    [
        "SharedTexts.DateFormat.fr",
        "SharedTexts.DateFormat.ar",
        "AccountTexts.Activity.With.de",
        "PeopleTexts.Search.State.de",
        "PeopleTexts.Column.State.de",
        "OperationTexts.Mail.Kind.fr",
        "SharedTexts.Field.Optional.de",
        "ConsoleTexts.Nav.Webhooks.de",
        "ConsoleTexts.Nav.Webhooks.fr",
        "TokenTexts.New.Name.de",
    ];

    public static TheoryData<string> Areas => [.. Folders.Keys.Order()];

    [Theory]
    [MemberData(nameof(Areas))]
    public void Every_text_is_there_in_every_language_with_the_same_places_to_fill(string area)
    {
        var english = Read(area, null);
        foreach (var language in Translations)
        {
            var translated = Read(area, language);
            Assert.Equal(english.Keys.Order(), translated.Keys.Order());
            Assert.All(
                english,
                text =>
                {
                    Assert.False(
                        string.IsNullOrWhiteSpace(translated[text.Key]),
                        $"{area}.{text.Key} is empty in {language}."
                    );
                    Assert.Equal(Places(text.Value), Places(translated[text.Key]));
                }
            );
        }
    }

    [Theory]
    [MemberData(nameof(Areas))]
    public void No_text_was_left_in_English(string area)
    {
        var english = Read(area, null);

        var untranslated = Translations
            .SelectMany(language =>
                Read(area, language)
                    .Where(text => text.Value == english[text.Key] && HasWords(text.Value))
                    .Select(text => $"{area}.{text.Key}.{language}")
            )
            .Where(static key => !SameOnPurpose.Contains(key));

        Assert.Empty(untranslated);
    }

    [Theory]
    [MemberData(nameof(Areas))]
    public void The_word_for_email_never_breaks_at_its_hyphen(string area)
    {
        var breaking = Translations
            .Prepend(null)
            .SelectMany(language => Read(area, language))
            .Where(static text => BreakingEmail().IsMatch(text.Value))
            .Select(text => $"{area}.{text.Key}: {text.Value}");

        Assert.Empty(breaking);
    }

    [Fact]
    public void Every_text_that_a_page_uses_exists_and_every_text_is_used()
    {
        Dictionary<string, HashSet<string>> texts = [];
        foreach (object[] row in (IEnumerable<object[]>)Areas)
            texts[(string)row[0]] = [.. Read((string)row[0], null).Keys];
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
        var texts = Read("AppTexts", null);

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

    private static Dictionary<string, string> Read(string area, string? language) =>
        XDocument
            .Load(Path.Combine(Folders[area], language is null ? $"{area}.resx" : $"{area}.{language}.resx"))
            .Root!.Elements("data")
            .ToDictionary(static data => data.Attribute("name")!.Value, static data => data.Element("value")!.Value);

    private static IEnumerable<string> Places(string text) =>
        Place().Matches(text).Select(static match => match.Value).Distinct().Order();

    private static bool HasWords(string text) => Place().Replace(text, "").Any(char.IsLetter);

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

    [GeneratedRegex(@"\{\d\}")]
    private static partial Regex Place();
}
