using Identity.Server.Protocol.Denials;

namespace Identity.UnitTests.Protocol.Denials;

public sealed class RedirectUriDifferenceTests
{
    [Fact]
    public void A_missing_slash_is_marked_where_it_is_missing()
    {
        var picture = RedirectUriDifference.Mark("https://app.example/cb/", "https://app.example/cb");

        Assert.Equal(
            "expected  https://app.example/cb/\n"
                + "received  https://app.example/cb·\n"
                + "                                ^",
            picture
        );
    }

    [Fact]
    public void Another_character_is_marked_and_the_rest_stays_below_its_partner()
    {
        var picture = RedirectUriDifference.Mark("https://app.example/cb", "http://app.example/cB");

        Assert.Equal(
            "expected  https://app.example/cb\n"
                + "received  http·://app.example/cB\n"
                + "              ^                ^",
            picture
        );
    }

    [Fact]
    public void The_registered_address_that_resembles_it_most_is_taken()
    {
        string[] registered =
        [
            "https://other.example/callback",
            "https://app.example/signin-oidc",
            "https://app.example/cb",
        ];

        var nearest = RedirectUriDifference.Nearest("https://app.example/signin-oid", registered);

        Assert.Equal("https://app.example/signin-oidc", nearest);
    }

    [Fact]
    public void Control_characters_never_reach_the_log()
    {
        var picture = RedirectUriDifference.Mark("https://app.example/", "https://app.example/\r\nadmin");

        Assert.Equal(2, picture.Count(static c => c == '\n'));
        Assert.DoesNotContain('\r', picture);
    }

    [Fact]
    public void A_very_long_address_is_cut_before_it_is_compared()
    {
        var picture = RedirectUriDifference.Mark(
            "https://app.example/",
            "https://app.example/" + new string('x', 100_000)
        );

        Assert.True(picture.Length < 2_000);
    }
}
