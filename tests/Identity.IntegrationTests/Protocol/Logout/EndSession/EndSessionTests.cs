using System.Net;
using Identity.Core.Audit;
using Identity.Core.Sessions;
using Identity.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Identity.IntegrationTests.Protocol.Logout.EndSession;

/// <summary>RP-initiated logout: who may end a session without asking, and where the person may be sent
/// (WB-2).</summary>
public sealed class EndSessionTests(ProtocolFixture fixture) : IClassFixture<ProtocolFixture>
{
    private const string Bye = "https://app.example/bye";

    [Fact]
    public async Task The_id_token_of_this_session_ends_it_without_a_question()
    {
        using var party = await fixture.SignedInAsync();
        var tokens = await party.GetTokensAsync("openid offline_access");

        using var response = await party.Browser.GetAsync(
            $"/connect/end-session?id_token_hint={tokens.IdToken}&post_logout_redirect_uri={Bye}&state=s+1"
        );

        Assert.Equal(
            (HttpStatusCode.SeeOther, $"{Bye}?state=s%201"),
            (response.StatusCode, response.Headers.Location?.OriginalString)
        );
        Assert.Contains(
            response.Headers.GetValues("Set-Cookie"),
            cookie => cookie.StartsWith("__Host-identity=;", StringComparison.Ordinal)
        );
        Assert.Equal("invalid_grant", (await party.RefreshAsync(tokens.RefreshToken!)).Error);
        Assert.Equal(
            "logout",
            await fixture.Database.ScalarAsync<string>(
                "SELECT revoked_reason FROM public.sessions WHERE id = @id",
                ("id", party.Session!.Id)
            )
        );
    }

    [Theory]
    [InlineData("nothing")]
    [InlineData("another session")]
    [InlineData("nonsense")]
    public async Task Anything_less_asks_the_person_first_and_goes_on_after_their_answer(string hint)
    {
        using var party = await fixture.SignedInAsync();
        using var elsewhere = await fixture.SignedInAsync();
        var token = hint switch
        {
            "nothing" => null,
            "nonsense" => "nonsense",
            _ => (await elsewhere.GetTokensAsync()).IdToken,
        };

        using var asked = await party.Browser.GetAsync(
            $"/connect/end-session?client_id=web&post_logout_redirect_uri={Bye}&state=s"
                + (token is null ? "" : $"&id_token_hint={token}")
        );
        var location = asked.Headers.Location!.OriginalString;
        var alive = await party.AuthorizeAsync("openid", ("prompt", "none"));
        await fixture
            .Host.Services.GetRequiredService<SessionStore>()
            .EndAsync(
                party.Session!.Id,
                EndReason.Logout,
                new RequestContext(null, null, null),
                CancellationToken.None
            );
        using var after = await party.Browser.GetAsync(Uri.UnescapeDataString(location.Split("returnUrl=")[1]));

        Assert.StartsWith("/sign-out?returnUrl=%2Fconnect%2Fend-session", location);
        Assert.Contains("code", alive.Keys);
        Assert.Equal($"{Bye}?state=s", after.Headers.Location?.OriginalString);
    }

    [Theory]
    [InlineData("https://evil.example/bye", true)]
    [InlineData("https://app.example/bye/more", true)]
    [InlineData(Bye, false)]
    [InlineData(null, true)]
    public async Task The_person_is_sent_only_where_the_client_that_asks_registered(string? uri, bool namesClient)
    {
        using RelyingParty party = new(fixture.Host);

        using var response = await party.Browser.GetAsync(
            "/connect/end-session?state=s"
                + (namesClient ? "&client_id=web" : "")
                + (uri is null ? "" : "&post_logout_redirect_uri=" + Uri.EscapeDataString(uri))
        );

        if (response.StatusCode == HttpStatusCode.SeeOther)
            Assert.Equal("/signed-out", response.Headers.Location?.OriginalString);
        else
            Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    [Fact]
    public async Task A_logout_posted_from_elsewhere_goes_on_as_a_get_so_that_the_session_is_seen()
    {
        using RelyingParty party = new(fixture.Host);
        using FormUrlEncodedContent form = new([
            KeyValuePair.Create("client_id", "web"),
            KeyValuePair.Create("post_logout_redirect_uri", Bye),
        ]);

        using var response = await party.Browser.PostAsync("/connect/end-session", form);

        Assert.Equal(HttpStatusCode.SeeOther, response.StatusCode);
        Assert.StartsWith("/connect/end-session?client_id=web", response.Headers.Location?.OriginalString);
    }
}
