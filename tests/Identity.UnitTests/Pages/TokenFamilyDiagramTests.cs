using System.Xml.Linq;
using Identity.Server.Pages.Shared;
using Identity.Server.Presentation;

namespace Identity.UnitTests.Pages;

public sealed class TokenFamilyDiagramTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);
    private static readonly TokenFamilyWords Words = new(
        "Family",
        static state => state.ToString(),
        static (count, state) => $"{count} tokens, newest {state}"
    );

    [Fact]
    public void Each_token_is_a_bead_in_the_colour_of_its_state()
    {
        TokenGeneration[] tokens = [Token(0, used: true), Token(1, used: true), Token(2)];

        var svg = XElement.Parse(TokenFamilyDiagram.Draw(tokens, Now, Words));

        Assert.Equal(
            ["family-used", "family-used", "family-live"],
            svg.Elements("g").Select(static g => g.Attribute("class")!.Value)
        );
        Assert.Equal(2, svg.Elements("line").Count());
        Assert.Equal("3 tokens, newest Live", svg.Element("desc")!.Value);
    }

    [Fact]
    public void A_long_family_shows_its_newest_twelve_and_says_how_many_are_not_drawn()
    {
        var tokens = Enumerable.Range(0, 40).Select(n => Token(n, used: n < 39)).ToArray();

        var svg = XElement.Parse(TokenFamilyDiagram.Draw(tokens, Now, Words));

        Assert.Equal(12, svg.Elements("g").Count());
        Assert.Equal("+28", svg.Element("text")!.Value);
    }

    [Fact]
    public void Words_cannot_break_out_of_the_picture()
    {
        var words = Words with { Title = "</title><script>" };

        var svg = XElement.Parse(TokenFamilyDiagram.Draw([Token(0)], Now, words));

        Assert.Equal("</title><script>", svg.Element("title")!.Value);
    }

    [Theory]
    [InlineData(true, true, false, TokenState.Revoked)]
    [InlineData(true, false, false, TokenState.Used)]
    [InlineData(false, false, true, TokenState.Expired)]
    [InlineData(false, false, false, TokenState.Live)]
    public void Revoked_wins_over_used_and_used_over_expired(bool used, bool revoked, bool expired, TokenState expected)
    {
        var token = new TokenGeneration(
            0,
            Now,
            used ? Now : null,
            revoked ? Now : null,
            expired ? Now : Now.AddDays(7)
        );

        Assert.Equal(expected, TokenFamilyDiagram.StateOf(token, Now));
    }

    private static TokenGeneration Token(int generation, bool used = false) =>
        new(generation, Now.AddDays(-1), used ? Now : null, null, Now.AddDays(7));
}
