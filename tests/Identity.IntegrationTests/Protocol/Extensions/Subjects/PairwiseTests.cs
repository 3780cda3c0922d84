using System.Net;
using Identity.Core.Clients;
using Identity.Core.Logout;
using Identity.Core.Profile;
using Identity.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Identity.IntegrationTests.Protocol.Extensions.Subjects;

/// <summary>Pairwise subjects (OIDC Core 8): one person is another to each sector, and the same wherever one client
/// looks.</summary>
public sealed class PairwiseTests(OidcFixture fixture) : IClassFixture<OidcFixture>
{
    [Fact]
    public async Task One_client_is_told_the_same_sub_in_every_place()
    {
        using var party = await fixture.SignedInAsync("one", OidcFixture.One);

        var tokens = await party.GetTokensAsync("openid email offline_access");
        var sub = SubOf(tokens.IdToken!);
        var refreshed = await party.RefreshAsync(tokens.RefreshToken!);
        var userInfo = await party.UserInfoAsync(refreshed.AccessToken!);
        var aboutAccess = await party.IntrospectAsync(refreshed.AccessToken!);
        var aboutRefresh = await party.IntrospectAsync(refreshed.RefreshToken!);
        var logout = fixture
            .Host.Services.GetRequiredService<ILogoutTokenFactory>()
            .Create(Client("one"), new(Guid.NewGuid(), party.Session!.Id, fixture.UserId, "one", "logout", default, 1));

        Assert.NotEqual(fixture.UserId.ToString("D"), sub);
        Assert.All(
            new[]
            {
                SubOf(tokens.AccessToken!),
                SubOf(refreshed.IdToken!),
                userInfo["sub"],
                aboutAccess["sub"],
                aboutRefresh["sub"],
                SubOf(logout!),
            },
            one => Assert.Equal(sub, one)
        );
        Assert.Equal("ada@example.com", userInfo["email"]);
        Assert.Equal("True", aboutAccess["active"]);
    }

    [Fact]
    public async Task Sectors_are_told_different_ones_and_clients_of_one_sector_the_same()
    {
        using var one = await fixture.SignedInAsync("one", OidcFixture.One);
        using var two = await fixture.SignedInAsync("two", OidcFixture.Two);
        using var three = await fixture.SignedInAsync("three", OidcFixture.Three);
        using var open = await fixture.SignedInAsync();

        var ofOne = SubOf((await one.GetTokensAsync()).IdToken!);
        var ofTwo = SubOf((await two.GetTokensAsync()).IdToken!);
        var ofThree = SubOf((await three.GetTokensAsync()).IdToken!);

        Assert.Equal(ofOne, ofThree);
        Assert.NotEqual(ofOne, ofTwo);
        Assert.Equal(fixture.UserId.ToString("D"), SubOf((await open.GetTokensAsync()).IdToken!));
    }

    [Fact]
    public async Task A_hint_is_this_person_and_a_claims_sub_too_and_an_end_session_knows_its_own()
    {
        using var party = await fixture.SignedInAsync("two", OidcFixture.Two);
        var hint = (await party.GetTokensAsync()).IdToken!;
        using var other = await fixture.SignedInAsync("two", OidcFixture.Two, await fixture.UserAsync());

        var own = await party.AuthorizeAsync("openid", ("prompt", "none"), ("id_token_hint", hint));
        var bySub = await party.AuthorizeAsync(
            "openid",
            ("prompt", "none"),
            ("claims", "{\"id_token\":{\"sub\":{\"value\":\"" + SubOf(hint) + "\"}}}")
        );
        var foreign = await other.AuthorizeAsync("openid", ("prompt", "none"), ("id_token_hint", hint));
        using var ended = await party.Browser.GetAsync(
            $"/connect/end-session?id_token_hint={hint}&post_logout_redirect_uri=https://two.example/bye"
        );

        Assert.Contains("code", own.Keys);
        Assert.Contains("code", bySub.Keys);
        Assert.Equal("login_required", foreign["error"]);
        Assert.Equal("https://two.example/bye", ended.Headers.Location?.OriginalString);
    }

    [Fact]
    public async Task A_token_of_a_person_who_left_is_worth_nothing()
    {
        using var party = await fixture.SignedInAsync("one", OidcFixture.One, await fixture.UserAsync());
        var tokens = await party.GetTokensAsync("openid");
        await fixture.Database.ExecuteAsync(
            "UPDATE public.users SET is_disabled = true WHERE id = @id",
            ("id", party.Session!.UserId)
        );

        Assert.Equal(HttpStatusCode.Unauthorized, (await party.UserInfoAsync(tokens.AccessToken!)).Status);
        Assert.Equal("False", (await party.IntrospectAsync(tokens.AccessToken!))["active"]);
    }

    [Fact]
    public void A_sub_leads_back_to_one_account_for_one_sector_and_nothing_else_does()
    {
        var subjects = fixture.Host.Services.GetRequiredService<SubjectIdentifiers>();
        var user = Guid.NewGuid();
        var sub = subjects.Of(Client("one"), user);

        Assert.Equal(user, subjects.Find(Client("one"), sub));
        Assert.True(subjects.Matches(Client("three"), user, sub));
        Assert.NotEqual(user, subjects.Find(Client("two"), sub));
        Assert.False(subjects.Matches(Client("two"), user, sub));
        // The last of 22 characters has four bits to spare; no other text of the same bytes is the subject.
        Assert.Null(subjects.Find(Client("one"), sub[..^1] + (char)(sub[^1] + 1)));
        Assert.All(
            ["", "x", user.ToString("D"), sub + "A", sub[..^1], new string('é', 22)],
            text => Assert.Null(subjects.Find(Client("one"), text))
        );
        Assert.Equal(
            10_000,
            Enumerable.Range(0, 10_000).Select(_ => subjects.Of(Client("one"), Guid.NewGuid())).Distinct().Count()
        );
    }

    private Client Client(string id) => fixture.Host.Services.GetRequiredService<ClientRegistry>().Find(id)!;

    private static string? SubOf(string token) => Answer.Decode(token).Payload.GetProperty("sub").GetString();
}
