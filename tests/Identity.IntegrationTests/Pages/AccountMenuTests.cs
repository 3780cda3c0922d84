using System.Text.RegularExpressions;
using Identity.Testing;

namespace Identity.IntegrationTests.Pages;

/// <summary>The menu of the account, which marks where a person is on every page below it.</summary>
public sealed partial class AccountMenuTests(PagesFixture fixture) : IClassFixture<PagesFixture>
{
    [Theory]
    [InlineData("/account", "/account", "page")]
    [InlineData("/account/sessions", "/account/sessions", "page")]
    [InlineData("/account/two-factor", "/account/two-factor", "page")]
    [InlineData("/account/two-factor/set-up", "/account/two-factor", "true")]
    public async Task Every_page_marks_its_entry_and_names_it_in_the_folded_menu(string path, string entry, string mark)
    {
        var page = await (await fixture.Onlooker).GetAsync(path);

        var marked = Assert.Single(CurrentPattern().Matches(page.Html));
        Assert.Equal((entry, mark), (marked.Groups["path"].Value, marked.Groups["mark"].Value));
        Assert.Contains(
            $"<strong>{marked.Groups["text"].Value}</strong></summary>",
            page.Html,
            StringComparison.Ordinal
        );
    }

    [GeneratedRegex("<a href=\"(?<path>/account[^\"]*)\" aria-current=\"(?<mark>[a-z]+)\">(?<text>[^<]+)</a>")]
    private static partial Regex CurrentPattern();
}
