using Identity.Core.Languages;

namespace Identity.UnitTests.Languages;

public sealed class LanguageListTests
{
    private static readonly LanguageList Languages = new(
        [
            new("en", "English"),
            new("de", "Deutsch"),
            new("pt-BR", "Português (Brasil)") { Matches = ["pt", "pt-*"] },
            new("zh-Hans", "简体中文") { Matches = ["zh", "zh-CN", "zh-SG"] },
        ],
        "en"
    );

    [Theory]
    [InlineData("de", "de")]
    [InlineData("DE-at", "de")]
    [InlineData("de_CH", "de")]
    [InlineData("de-x-own", "de")]
    [InlineData("pt", "pt-BR")]
    [InlineData("pt-PT", "pt-BR")]
    [InlineData("pt-br", "pt-BR")]
    [InlineData("zh", "zh-Hans")]
    [InlineData("zh-CN", "zh-Hans")]
    [InlineData("zh-Hans-CN", "zh-Hans")]
    [InlineData("zh-TW", null)]
    [InlineData("zh-Hant", null)]
    [InlineData("d", null)]
    [InlineData("deu", null)]
    [InlineData("-", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void A_tag_finds_the_language_that_it_means(string? tag, string? found) =>
        Assert.Equal(found, Languages.Find(tag)?.Tag);

    [Fact]
    public void A_language_of_its_own_comes_before_one_that_answers_to_its_tag()
    {
        LanguageList both = new([.. Languages.All, new("pt-PT", "Português")], "en");

        Assert.Equal("pt-PT", both.Find("pt-PT")?.Tag);
        Assert.Equal("pt-BR", both.Find("pt-AO")?.Tag);
    }

    [Fact]
    public void A_tag_without_end_is_not_looked_up() =>
        Assert.Null(Languages.Find(string.Join('-', Enumerable.Repeat("de", 100))));

    [Fact]
    public void The_shipped_languages_answer_to_the_tags_of_browsers()
    {
        var shipped = TextCatalog.Load(new()).Languages;

        Assert.Equal("en", shipped.Default.Tag);
        Assert.Equal("en", shipped.FindOrDefault("zh-TW").Tag);
        Assert.All(shipped.All, language => Assert.Same(language, shipped.Find(language.Tag)));
    }
}
