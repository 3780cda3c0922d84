using System.Text.RegularExpressions;
using Identity.Core.PersonalTokens;

namespace Identity.UnitTests.PersonalTokens;

/// <summary>The form of a personal access token, by which scanners of secrets and people who copy wrong are
/// served.</summary>
public sealed class PersonalTokenFormatTests
{
    // Checksums by zlib.
    private const string Zeros = "idp_pat_00000000000000000000000000000000000000000002QTeuF";
    private const string Mixed = "idp_pat_56789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijkl0Cu6Ep";

    [Theory]
    [InlineData(Zeros)]
    [InlineData(Mixed)]
    public void The_checksum_is_the_CRC_32_of_zlib_in_base_62(string token)
    {
        Assert.True(PersonalToken.TryParse(token, out var parsed));
        Assert.Equal(token, parsed.Value);
    }

    [Fact]
    public void New_tokens_differ_read_back_and_match_the_published_pattern()
    {
        string[] tokens = [.. Enumerable.Range(0, 200).Select(static _ => PersonalToken.Create().Value)];

        Assert.Equal(200, tokens.Distinct().Count());
        Assert.All(tokens, static token => Assert.True(PersonalToken.TryParse(token, out _)));
        Assert.All(tokens, static token => Assert.Matches($"^{PersonalToken.Pattern}$", token));
        Assert.All(
            tokens,
            static token => Assert.Equal(token, Regex.Match($"key={token};", PersonalToken.Pattern).Value)
        );
    }

    [Fact]
    public void Every_wrong_character_and_every_swap_of_neighbours_is_noticed()
    {
        for (var place = 0; place < Mixed.Length; place++)
        {
            Assert.False(PersonalToken.TryParse(Mixed.Remove(place, 1).Insert(place, "z"), out _), $"{place}");
            if (place > 0 && Mixed[place] != Mixed[place - 1])
                Assert.False(
                    PersonalToken.TryParse(
                        $"{Mixed[..(place - 1)]}{Mixed[place]}{Mixed[place - 1]}{Mixed[(place + 1)..]}",
                        out _
                    ),
                    $"{place}"
                );
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("idp_pat_")]
    [InlineData(Mixed + "\n")]
    [InlineData(" " + Mixed)]
    [InlineData("IDP_PAT_56789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijkl0Cu6Ep")]
    [InlineData("idp_pat_\u0665\u0666789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijkl0Cu6Ep")]
    public void Anything_else_is_no_token(string? text) => Assert.False(PersonalToken.TryParse(text, out _));

    [Fact]
    public void A_token_does_not_write_itself_into_logs() =>
        Assert.DoesNotContain(PersonalToken.Prefix, $"{PersonalToken.Create()}", StringComparison.Ordinal);
}
