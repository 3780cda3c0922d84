using System.Text.RegularExpressions;

namespace Identity.ArchitectureTests;

/// <summary>Every page of the provider stands in the list from which the browser tests take the pages that they look
/// at, so that a new page is looked at or says why not.</summary>
public sealed partial class PageTests
{
    private const string List = "tests/Identity.BrowserTests/EveryPage.cs";

    [Fact]
    public void Every_page_stands_in_the_list_of_the_browser_tests()
    {
        var listed = Listed(SourceOfList());

        var missing = Pages().Where(page => !listed.Contains(page.Route));

        Rule.Holds(missing.Select(static page => $"{page.Path}: {page.Route} is not in {List}"));
    }

    [Fact]
    public void A_page_that_is_only_reached_on_a_journey_exists() =>
        Rule.Holds(Listed(ByJourney()).Except(Pages().Select(static page => page.Route)));

    // ---- that the rules can fail ----

    [Theory]
    [InlineData("@page \"/admin/groups/{id:guid}\"\n@model X", "/admin/groups/{id}")]
    [InlineData("@page \"/sign-in\"\n", "/sign-in")]
    [InlineData("<p>@page</p>", null)]
    public void A_page_is_known_by_its_route(string text, string? route) => Assert.Equal(route, RouteOf(text));

    [Fact]
    public void An_address_of_the_list_is_read_without_its_query() =>
        Assert.Equal(["/a", "/b/{id}"], Listed("Open =\n[\n    \"/a?sent\",\n    \"/b/{id}\",\n];").Order());

    private static IEnumerable<(string Path, string Route)> Pages() =>
        from file in SourceTree.Files
        where file.IsUnder("src/Identity.Server/") && file.Path.EndsWith(".cshtml", StringComparison.Ordinal)
        let route = RouteOf(file.Text)
        where route is not null
        select (file.Path, route);

    private static string? RouteOf(string page) =>
        Route().Match(page) is { Success: true } match ? Constraint().Replace(match.Groups["route"].Value, "") : null;

    private static string SourceOfList() => SourceTree.Files.Single(static file => file.Path == List).Text;

    private static string ByJourney() => SourceOfList().Split("ByJourney =")[1].Split("];")[0];

    private static HashSet<string> Listed(string text) =>
        [.. Address().Matches(text).Select(static match => match.Groups["path"].Value)];

    [GeneratedRegex("^@page \"(?<route>[^\"]+)\"", RegexOptions.Multiline)]
    private static partial Regex Route();

    [GeneratedRegex("(?<=\\{\\w+):[^}]+(?=\\})")]
    private static partial Regex Constraint();

    [GeneratedRegex("\"(?<path>/[^\"?]*)")]
    private static partial Regex Address();
}
