using Identity.Core.Deliveries;
using Identity.Core.Keys;
using Identity.Core.Sessions;
using Identity.Server.Browser;
using Identity.Server.Protocol.Engine;
using Identity.Server.Protocol.Extensions.Jarm;
using Identity.Server.Protocol.Logout.Channels;
using Identity.Server.Protocol.Logout.SessionManagement;
using Identity.Testing;
using Identity.UnitTests.Protocol.Tokens.Jose;
using Microsoft.Extensions.Options;

namespace Identity.UnitTests.Protocol.Extensions.Jarm;

/// <summary>What leaves signed or counted by us: JARM responses, front-channel addresses, session_state.</summary>
public sealed class AuthorizationResponseJwtTests
{
    private const string Issuer = "https://id.example";

    [Fact]
    public void JARM_an_answer_names_issuer_client_and_time_and_what_came_cannot_replace_them()
    {
        using var key = new TestKey("k1");
        var client = ProtocolClients.Read(("Profile", "Spa"), ("AuthorizationSignedResponseAlg", "ES256"));
        var maker = new AuthorizationResponseJwt(
            key,
            TestIssuer.Of(Issuer),
            new SetClock(DateTimeOffset.FromUnixTimeSeconds(1_800_000_000))
        );

        var jwt = maker.Create(
            client,
            [new("code", "abc"), new("state", "x&y\"z"), new("iss", "https://evil.example"), new("exp", "9999999999")]
        );

        var claims = key.Verify(jwt!, "JWT");
        Assert.Equal(
            ["iss", "aud", "exp", "code", "state"],
            claims.EnumerateObject().Select(static claim => claim.Name)
        );
        Assert.Equal(
            (Issuer, "app", 1_800_000_120L),
            (
                claims.GetProperty("iss").GetString(),
                claims.GetProperty("aud").GetString(),
                claims.GetProperty("exp").GetInt64()
            )
        );
        Assert.Equal("x&y\"z", claims.GetProperty("state").GetString());
    }

    [Theory]
    [InlineData("jwt", "query")]
    [InlineData("query.jwt", "query")]
    [InlineData("form_post.jwt", "form_post")]
    [InlineData("query", "")]
    [InlineData(null, "")]
    public void JARM_jwt_is_query_jwt_for_a_code(string? mode, string carrier)
    {
        Assert.Equal(carrier.Length > 0, AuthorizationResponseJwt.TryRead(mode, out var found));
        Assert.Equal(carrier, found);
    }

    [Theory]
    [InlineData(
        "https://app.example/out",
        "https://app.example/out?iss=https%3A%2F%2Fid.example&sid=00000000-0000-0000-0000-000000000007"
    )]
    [InlineData(
        "https://app.example/out?a=1",
        "https://app.example/out?a=1&iss=https%3A%2F%2Fid.example&sid=00000000-0000-0000-0000-000000000007"
    )]
    public void Front_channel_logout_carries_issuer_and_session(string registered, string address)
    {
        var client = ProtocolClients.Read(("Profile", "Spa"), ("FrontchannelLogoutUri", registered));

        var uri = FrontchannelLogout.AddressFor(client, Issuer, new Guid("00000000-0000-0000-0000-000000000007"));

        Assert.Equal(address, uri!.AbsoluteUri);
        Assert.Equal(["https://app.example"], FrontchannelLogout.OriginsOf([uri, uri]));
    }

    [Fact]
    public void Session_state_changes_with_client_origin_and_browser_and_says_nothing_of_the_session()
    {
        var session = Guid.NewGuid();
        var state = StateOf(session);
        var value = SessionState.Create("app", "https://app.example/cb?x=1", state)!;
        var salt = value[(value.IndexOf('.', StringComparison.Ordinal) + 1)..];

        Assert.Equal(value, SessionState.Compute("app", "https://app.example", state, salt));
        Assert.NotEqual(value, SessionState.Compute("app", "https://evil.example", state, salt));
        Assert.NotEqual(value, SessionState.Compute("app", "https://app.example", StateOf(Guid.NewGuid()), salt));
        Assert.DoesNotContain(session.ToString("N"), state, StringComparison.OrdinalIgnoreCase);
        Assert.Null(SessionState.Create("app", "com.example.app:/cb", state));
    }

    [Theory]
    [InlineData(1, 5)]
    [InlineData(2, 10)]
    [InlineData(5, 80)]
    [InlineData(20, 1800)]
    [InlineData(int.MaxValue, 1800)]
    public void Pauses_double_up_to_the_longest_and_are_spread_by_a_quarter(int attempts, int seconds)
    {
        for (var i = 0; i < 50; i++)
            Assert.InRange(
                DeliveryPause.After(TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(30), attempts).TotalSeconds,
                seconds * 0.75,
                seconds * 1.25
            );
    }

    private static string StateOf(Guid session) =>
        new StateCookie(new MasterKey(new byte[32], []), Options.Create(new SessionOptions())).ValueOf(session);
}
