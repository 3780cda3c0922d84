using System.Net;
using Identity.IntegrationTests.Pages;
using Identity.Testing;

namespace Identity.IntegrationTests.Protocol.Logout.EndSession;

/// <summary>Signing out with every parameter that a client may or may not send (RP-Initiated Logout 1.0 section 2): the
/// page asks, and then the session is over.</summary>
public sealed class SignOutPageTests(PagesFixture fixture) : IClassFixture<PagesFixture>
{
    [Theory]
    [InlineData("/connect/end-session")]
    [InlineData("/connect/end-session?client_id=shop")]
    [InlineData("/connect/end-session?client_id=shop&state=a")]
    [InlineData("/connect/end-session?state=a")]
    [InlineData("/connect/end-session?ui_locales=de")]
    [InlineData("/connect/end-session?logout_hint=ada")]
    [InlineData("/connect/end-session?unknown=1")]
    [InlineData("/connect/end-session?client_id=shop&post_logout_redirect_uri=https%3A%2F%2Fshop.example%2Fbye")]
    [InlineData("/connect/end-session?id_token_hint=eyJhbGciOiJub25lIn0.e30.")]
    [InlineData("/sign-out?returnUrl=%2Faccount%3Fa%3D1")]
    [InlineData("/sign-out?returnUrl=%2Faccount%3Fpost_logout_redirect_uri")]
    [InlineData("/sign-out?returnUrl=%2Faccount%3Fpost_logout_redirect_uri%3Da%26post_logout_redirect_uri%3Db")]
    [InlineData("/sign-out?returnUrl=%2Faccount%3F%25")]
    [InlineData("/sign-out?returnUrl=%2Faccount%3F%25ff")]
    [InlineData("/sign-out?returnUrl=%2F%3F%26%3D%26")]
    [InlineData("/sign-out?returnUrl=https%3A%2F%2Fevil.example")]
    [InlineData("/sign-out?returnUrl=a&returnUrl=b")]
    [InlineData("/sign-out")]
    public async Task The_page_asks_and_the_session_is_over_after_it(string address)
    {
        using var browser = await fixture.SignedInAsync(await fixture.UserAsync());

        var asked = await browser.FollowAsync(await browser.GetAsync(address));
        var answer = await browser.SubmitAsync(asked, []);
        var after = await browser.GetAsync("/account");

        Assert.Equal(("/sign-out", HttpStatusCode.OK), (asked.Address.AbsolutePath, asked.Status));
        Assert.Equal(HttpStatusCode.SeeOther, answer.Status);
        Assert.StartsWith("/", answer.Location, StringComparison.Ordinal);
        Assert.StartsWith("/sign-in", after.Location, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hint_of_an_earlier_session_asks_too()
    {
        var user = await fixture.UserAsync();
        using RelyingParty earlier = new(fixture.Host, "spa-of-nobody");
        using var browser = await fixture.SignedInAsync(user);

        var asked = await browser.FollowAsync(
            await browser.GetAsync("/connect/end-session?client_id=shop&id_token_hint=a.b.c&state=x")
        );
        var answer = await browser.FollowAsync(await browser.SubmitAsync(asked, []));

        Assert.Equal("/sign-out", asked.Address.AbsolutePath);
        Assert.Equal("/signed-out", answer.Address.AbsolutePath);
    }
}
