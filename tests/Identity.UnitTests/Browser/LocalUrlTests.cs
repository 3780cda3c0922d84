using Identity.Server.Browser;

namespace Identity.UnitTests.Pages;

public sealed class LocalUrlTests
{
    [Theory]
    [InlineData("https://evil.example/")]
    [InlineData("//evil.example/")]
    [InlineData("///evil.example/")]
    [InlineData("/\\evil.example/")]
    [InlineData("/a\\b")]
    [InlineData("/\t/evil.example/")]
    [InlineData("/\n/evil.example")]
    [InlineData("/\0")]
    [InlineData(" /account")]
    [InlineData("\\\\evil.example")]
    [InlineData("javascript:alert(1)")]
    [InlineData("/x\r\nSet-Cookie: y")]
    [InlineData("/\u00e9vil")]
    [InlineData("account")]
    [InlineData("")]
    [InlineData(null)]
    public void WB_3_what_is_not_plainly_a_path_of_ours_is_no_return_url(string? url) =>
        Assert.Null(LocalUrl.OrNull(url));

    [Theory]
    [InlineData("/")]
    [InlineData("/account?x=%2F%2Fevil.example")]
    [InlineData("/%252f%252fevil.example")]
    [InlineData("/connect/authorize?redirect_uri=https%3A%2F%2Fapp.example%2Fcb")]
    public void WB_3_a_path_stays_as_it_stands(string url) => Assert.Equal(url, LocalUrl.OrNull(url));

    [Fact]
    public void A_return_url_is_encoded_once_where_it_goes_along() =>
        Assert.Equal("/register?returnUrl=%2Fa%3Fb%3D%252F", LocalUrl.With("/register", "/a?b=%2F"));
}
