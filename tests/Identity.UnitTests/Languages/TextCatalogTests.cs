using Identity.Core.Languages;

namespace Identity.UnitTests.Languages;

public sealed class TextCatalogTests : IDisposable
{
    private const string Set = "SharedTexts";
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_wording_of_ones_own_stands_in_for_the_shipped_one()
    {
        Write("de/SharedTexts.json", """{"Language": "Sprachwahl"}""");

        var catalog = Load();

        Assert.Equal("Sprachwahl", catalog.Find(Set, "de")!["Language"]);
        Assert.Equal(Shipped.Find(Set, "de")!["Skip"], catalog.Find(Set, "de")!["Skip"]);
        Assert.Equal(Shipped.Find(Set, "fr")!["Language"], catalog.Find(Set, "fr")!["Language"]);
        Assert.Empty(catalog.Faults);
    }

    [Fact]
    public void A_new_language_is_offered_and_falls_back_to_English_text_by_text()
    {
        Write("nn/language.json", """{"name": "Nynorsk", "reviewed": "person"}""");
        Write("nn/SharedTexts.json", """{"Language": "Språk"}""");
        Write("en/SharedTexts.json", """{"Skip": "Jump to the content"}""");

        var catalog = Load();

        var language = catalog.Languages.Find("nn-NO");
        Assert.Equal("Nynorsk", language?.Name);
        Assert.True(language?.IsReviewedByPerson);
        Assert.Equal("Språk", catalog.Find(Set, "nn")!["Language"]);
        Assert.Equal("Jump to the content", catalog.Find(Set, "nn")!["Skip"]);
        Assert.Contains(
            catalog.Faults,
            static fault => fault.Place.EndsWith("SharedTexts.json: Skip", StringComparison.Ordinal)
        );
        Assert.DoesNotContain(catalog.Faults, static fault => fault.IsFatal);
    }

    [Theory]
    [InlineData("Time.MinutesAgo", "vor {0} von {1} Minuten", "needs the placeholders {0} and has {0} {1}")]
    [InlineData("Time.MinutesAgo", "vor Minuten", "needs the placeholders {0} and has none")]
    [InlineData("Language", "Sprache {", "contains a brace on its own")]
    [InlineData("Language", " ", "is empty")]
    [InlineData("Language", "Spra\\u0000che", "contains a control character")]
    [InlineData("Languages", "Sprachen", "is not a text of this version")]
    public void A_text_that_cannot_be_used_is_named_and_the_shipped_one_stays(string key, string text, string problem)
    {
        Write("de/SharedTexts.json", $$"""{"{{key}}": "{{text}}"}""");

        var catalog = Load();

        var fault = Assert.Single(catalog.Faults);
        Assert.EndsWith($"SharedTexts.json: {key}", fault.Place, StringComparison.Ordinal);
        Assert.Contains(problem, fault.Problem, StringComparison.Ordinal);
        Assert.False(fault.IsFatal);
        Assert.Equal(Shipped.Find(Set, "de")!.GetValueOrDefault(key), catalog.Find(Set, "de")!.GetValueOrDefault(key));
    }

    [Theory]
    [InlineData("de/SharedTexts.json", """{"Skip": "a", "Skip": "b"}""")]
    [InlineData("de/SharedTexts.json", """{"Skip": {"deep": "b"}}""")]
    [InlineData("de/SharedTexts.json", """["Skip"]""")]
    [InlineData("de/SharedTexts.json", "{")]
    [InlineData("nn/SharedTexts.json", "{}")]
    [InlineData("nn/language.json", """{"name": "Nynorsk"}""")]
    [InlineData("nn/language.json", """{"name": "Nynorsk", "reviewed": "yes"}""")]
    [InlineData("nn/language.json", """{"name": "", "reviewed": "person"}""")]
    [InlineData("nn/language.json", """{"name": "Nynorsk", "reviewed": "person", "dir": "rtl"}""")]
    [InlineData("NN/language.json", """{"name": "Nynorsk", "reviewed": "person"}""")]
    [InlineData("-/language.json", """{"name": "Nynorsk", "reviewed": "person"}""")]
    public void A_file_that_cannot_be_read_stops_the_start(string file, string content)
    {
        Write(file, content);

        var result = new TextOptionsValidator().Validate(null, new() { Folder = _folder });

        Assert.True(result.Failed);
        Assert.All(
            result.Failures,
            static text => Assert.StartsWith("Identity:Texts:Folder: ", text, StringComparison.Ordinal)
        );
    }

    [Fact]
    public void A_folder_that_is_not_there_stops_the_start() =>
        Assert.True(new TextOptionsValidator().Validate(null, new() { Folder = _folder + "-gone" }).Failed);

    [Fact]
    public void Only_the_chosen_languages_are_offered_and_the_first_is_the_default()
    {
        var languages = TextCatalog.Load(new() { Languages = { "fr", "de" } }).Languages;

        Assert.Equal(["de", "fr"], languages.All.Select(static language => language.Tag));
        Assert.Equal("fr", languages.Default.Tag);
        Assert.Null(languages.Find("en"));
    }

    [Fact]
    public void A_chosen_language_without_texts_stops_the_start()
    {
        var result = new TextOptionsValidator().Validate(null, new() { Languages = { "de", "tlh" } });

        Assert.StartsWith(
            "Identity:Texts:Languages: tlh has no texts.",
            result.FailureMessage,
            StringComparison.Ordinal
        );
    }

    private static TextCatalog Shipped => TextCatalog.Load(new());

    private TextCatalog Load() => TextCatalog.Load(new() { Folder = _folder });

    private void Write(string file, string content)
    {
        var path = Path.Combine(_folder, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
    }
}
