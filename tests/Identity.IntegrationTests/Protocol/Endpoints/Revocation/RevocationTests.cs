using System.Net;
using Identity.Testing;

namespace Identity.IntegrationTests.Protocol.Endpoints.Revocation;

/// <summary>Whose tokens a client may revoke (RFC 7009 section 2.1).</summary>
public sealed class RevocationTests(ProtocolFixture fixture) : IClassFixture<ProtocolFixture>
{
    [Theory]
    [InlineData("refresh_token")]
    [InlineData("access_token")]
    public async Task Another_clients_token_is_refused_says_nothing_and_stays_good(string kind)
    {
        using var owner = await fixture.SignedInAsync();
        using RelyingParty stranger = new(fixture.Host, "service", "");
        var tokens = await owner.GetTokensAsync("openid offline_access orders");
        var token = tokens[kind]!;

        var (response, commands) = await fixture.Host.SendCountedAsync(
            stranger.Backchannel,
            stranger.Post("/connect/revoke", ("token", token))
        );
        using (response)
        {
            var answer = await Answer.ReadAsync(response);

            Assert.Equal((HttpStatusCode.BadRequest, "invalid_grant"), (answer.Status, answer.Error));
            Assert.InRange(commands, 0, 1);
            Assert.DoesNotContain("web", answer.Text, StringComparison.Ordinal);
        }
        Assert.Equal(HttpStatusCode.OK, (await owner.RefreshAsync(tokens.RefreshToken!)).Status);
        Assert.Equal(HttpStatusCode.OK, (await owner.UserInfoAsync(tokens.AccessToken!)).Status);
    }

    [Fact]
    public async Task Ones_own_token_and_one_that_nobody_knows_are_answered_alike()
    {
        using var party = await fixture.SignedInAsync();
        var tokens = await party.GetTokensAsync("openid offline_access");

        var own = await party.SendAsync(party.Post("/connect/revoke", ("token", tokens.RefreshToken)));
        var again = await party.SendAsync(party.Post("/connect/revoke", ("token", tokens.RefreshToken)));
        var unknown = await party.SendAsync(party.Post("/connect/revoke", ("token", new string('A', 43))));
        var garbage = await party.SendAsync(party.Post("/connect/revoke", ("token", "garbage")));

        Assert.All([own, again, unknown, garbage], answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
        Assert.Equal("invalid_grant", (await party.RefreshAsync(tokens.RefreshToken!)).Error);
    }
}
