using System.Net;
using System.Net.Http.Headers;
using Identity.Core.Audit;
using Identity.Core.Sessions;
using Identity.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Identity.IntegrationTests.Protocol.Endpoints.Token;

/// <summary>Userinfo, introspection and revocation: a token counts for as long as everything behind it stands (TK-3,
/// OA-14).</summary>
public sealed class TokenLifeTests(ProtocolFixture fixture) : IClassFixture<ProtocolFixture>
{
    private const string Offline = "openid email offline_access orders";

    [Fact]
    public async Task Userinfo_answers_get_and_post_for_one_command_each()
    {
        using var party = await fixture.SignedInAsync();
        var tokens = await party.GetTokensAsync("openid email");
        using HttpRequestMessage get = new(HttpMethod.Get, "/connect/userinfo");
        get.Headers.Authorization = new AuthenticationHeaderValue("Bearer", tokens.AccessToken);
        using HttpRequestMessage post = new(HttpMethod.Post, "/connect/userinfo")
        {
            Content = new FormUrlEncodedContent([KeyValuePair.Create("access_token", tokens.AccessToken!)]),
        };

        var (byGet, getCommands) = await fixture.Host.SendCountedAsync(party.Backchannel, get);
        var (byPost, postCommands) = await fixture.Host.SendCountedAsync(party.Backchannel, post);

        Assert.Equal("ada@example.com", (await Answer.ReadAsync(byGet))["email"]);
        Assert.Equal("ada@example.com", (await Answer.ReadAsync(byPost))["email"]);
        Assert.Equal((1, 1), (getCommands, postCommands));
        Assert.True(byGet.Headers.CacheControl?.NoStore);
    }

    [Fact]
    public async Task Userinfo_takes_access_tokens_for_itself_only()
    {
        using var party = await fixture.SignedInAsync();
        using RelyingParty service = new(fixture.Host, "service");
        var tokens = await party.GetTokensAsync(Offline);
        var forApi = await party.GetTokensAsync("api");
        var ofClient = await service.SendAsync(service.Post("/connect/token", ("grant_type", "client_credentials")));

        var byIdToken = await party.UserInfoAsync(tokens.IdToken!);
        Assert.Equal((HttpStatusCode.Unauthorized, "invalid_token"), (byIdToken.Status, byIdToken.Error));
        Assert.Equal(HttpStatusCode.Unauthorized, (await party.UserInfoAsync(tokens.RefreshToken!)).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await party.UserInfoAsync(Tampered(tokens.AccessToken!))).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await party.UserInfoAsync(forApi.AccessToken!)).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await party.UserInfoAsync(ofClient.AccessToken!)).Status);
    }

    [Fact]
    public async Task Userinfo_without_a_token_says_how_and_takes_none_from_a_url()
    {
        using var party = await fixture.SignedInAsync();
        var tokens = await party.GetTokensAsync();

        using var without = await party.Backchannel.GetAsync("/connect/userinfo");
        using var inUrl = await party.Backchannel.GetAsync("/connect/userinfo?access_token=" + tokens.AccessToken);

        Assert.Equal(HttpStatusCode.Unauthorized, without.StatusCode);
        Assert.Equal(
            ["Bearer", "DPoP"],
            without.Headers.WwwAuthenticate.Select(static challenge => challenge.Scheme).Order(StringComparer.Ordinal)
        );
        Assert.Equal("{}", await without.Content.ReadAsStringAsync());
        Assert.Equal(
            (HttpStatusCode.BadRequest, "invalid_request"),
            (inUrl.StatusCode, (await Answer.ReadAsync(inUrl)).Error)
        );
    }

    [Theory]
    [InlineData("session ended")]
    [InlineData("account disabled")]
    [InlineData("account deleted")]
    [InlineData("family revoked")]
    [InlineData("access token revoked")]
    public async Task What_ends_behind_a_token_ends_it_at_once_everywhere(string how)
    {
        var user = await RelyingParty.CreateUserAsync(fixture.Database, $"{Guid.NewGuid():N}@example.com");
        using RelyingParty party = new(fixture.Host);
        await party.SignInAsync(user);
        var tokens = await party.GetTokensAsync(Offline);
        Assert.Equal(HttpStatusCode.OK, (await party.UserInfoAsync(tokens.AccessToken!)).Status);
        Assert.Equal("True", (await party.IntrospectAsync(tokens.AccessToken!))["active"]);
        Assert.Equal("True", (await party.IntrospectAsync(tokens.RefreshToken!))["active"]);

        await EndAsync(how, party, user, tokens);

        var refreshLives = how == "access token revoked";
        Assert.Equal(HttpStatusCode.Unauthorized, (await party.UserInfoAsync(tokens.AccessToken!)).Status);
        Assert.Equal("""{"active":false}""", (await party.IntrospectAsync(tokens.AccessToken!)).Text);
        Assert.Equal(refreshLives.ToString(), (await party.IntrospectAsync(tokens.RefreshToken!))["active"]);
        Assert.Equal(refreshLives ? null : "invalid_grant", (await party.RefreshAsync(tokens.RefreshToken!)).Error);
    }

    [Fact]
    public async Task A_resource_server_sees_tokens_that_are_meant_for_it_and_no_others()
    {
        using var party = await fixture.SignedInAsync();
        using RelyingParty orders = new(fixture.Host, "orders-api");
        var forOrders = await party.GetTokensAsync(Offline);
        var forApi = await party.GetTokensAsync("openid api");

        var seen = await orders.IntrospectAsync(forOrders.AccessToken!);

        Assert.Equal(("True", fixture.UserId.ToString("D"), "web"), (seen["active"], seen["sub"], seen["client_id"]));
        Assert.Equal("False", (await orders.IntrospectAsync(forApi.AccessToken!))["active"]);
        Assert.Equal("False", (await orders.IntrospectAsync(forOrders.RefreshToken!))["active"]);
        Assert.Equal("False", (await orders.IntrospectAsync(forOrders.IdToken!))["active"]);
        Assert.Equal("False", (await orders.IntrospectAsync("nonsense"))["active"]);
    }

    [Fact]
    public async Task Introspection_is_for_clients_that_authenticate_and_by_post()
    {
        using RelyingParty spa = new(fixture.Host, "spa");
        using RelyingParty web = new(fixture.Host);

        var byPublic = await spa.IntrospectAsync("nonsense");
        using var request = web.Post("/connect/introspect?token=nonsense");
        request.Method = HttpMethod.Get;
        request.Content = null;
        var byGet = await web.SendAsync(request);

        Assert.Equal((HttpStatusCode.Unauthorized, "invalid_client"), (byPublic.Status, byPublic.Error));
        Assert.Equal("invalid_request", byGet.Error);
    }

    [Fact]
    public async Task Introspection_and_revocation_keep_their_budgets()
    {
        using var party = await fixture.SignedInAsync();
        var tokens = await party.GetTokensAsync(Offline);
        List<int> commands = [];

        foreach (
            var request in new[]
            {
                party.Post("/connect/introspect", ("token", tokens.AccessToken)),
                party.Post("/connect/introspect", ("token", tokens.RefreshToken)),
                party.Post("/connect/revoke", ("token", tokens.AccessToken)),
                party.Post("/connect/revoke", ("token", tokens.RefreshToken)),
            }
        )
        {
            var (response, counted) = await fixture.Host.SendCountedAsync(party.Backchannel, request);
            response.Dispose();
            commands.Add(counted);
        }

        Assert.Equal([1, 1, 1, 1], commands);
    }

    [Fact]
    public async Task Another_clients_tokens_are_refused_alike_and_stay_good()
    {
        using var party = await fixture.SignedInAsync();
        using RelyingParty other = new(fixture.Host, "service");
        var tokens = await party.GetTokensAsync(Offline);

        var foreignAccess = await other.SendAsync(other.Post("/connect/revoke", ("token", tokens.AccessToken)));
        var foreignRefresh = await other.SendAsync(other.Post("/connect/revoke", ("token", tokens.RefreshToken)));
        var nonsense = await other.SendAsync(other.Post("/connect/revoke", ("token", "nonsense")));

        Assert.Equal(
            [HttpStatusCode.BadRequest, HttpStatusCode.BadRequest, HttpStatusCode.OK],
            [foreignAccess.Status, foreignRefresh.Status, nonsense.Status]
        );
        Assert.Equal(foreignAccess.Text, foreignRefresh.Text);
        Assert.Equal("True", (await party.IntrospectAsync(tokens.AccessToken!))["active"]);
        Assert.Equal("True", (await party.IntrospectAsync(tokens.RefreshToken!))["active"]);
    }

    private async Task EndAsync(string how, RelyingParty party, Guid user, Answer tokens)
    {
        switch (how)
        {
            case "session ended":
                var sessions = fixture.Host.Services.GetRequiredService<SessionStore>();
                Assert.True(
                    await sessions.EndAsync(
                        party.Session!.Id,
                        EndReason.Revoked,
                        new RequestContext(null, null, null),
                        CancellationToken.None
                    )
                );
                break;
            case "account disabled":
                await fixture.Database.ExecuteAsync(
                    "UPDATE public.users SET is_disabled = true WHERE id = @id",
                    ("id", user)
                );
                break;
            case "account deleted":
                await fixture.Database.ExecuteAsync(
                    "UPDATE public.users SET deleted_at = now() WHERE id = @id",
                    ("id", user)
                );
                break;
            default:
                var revoked = await party.SendAsync(
                    party.Post(
                        "/connect/revoke",
                        ("token", how == "family revoked" ? tokens.RefreshToken : tokens.AccessToken)
                    )
                );
                Assert.Equal(HttpStatusCode.OK, revoked.Status);
                break;
        }
    }

    private static string Tampered(string token)
    {
        var parts = token.Split('.');
        return $"{parts[0]}.{parts[1]}.{new string([.. parts[2].Reverse()])}";
    }
}
