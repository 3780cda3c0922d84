using System.Net;
using Identity.Testing;

namespace Identity.DuendeTests;

/// <summary>What one engine gives, the other takes, and a race between them has one winner: an operator can change the
/// engine, and back, instance by instance.</summary>
public sealed class BothEnginesTests(EnginesFixture fixture) : IClassFixture<EnginesFixture>
{
    private const int Rounds = 100;
    private const int AtOnce = 20;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_code_an_access_token_and_a_refresh_token_of_one_are_good_at_the_other(bool fromDuende)
    {
        var (first, second) = fromDuende ? (fixture.Duende, fixture.OpenIddict) : (fixture.OpenIddict, fixture.Duende);
        using var party = await fixture.SignedInAsync(first);
        using RelyingParty other = new(second);
        var code = (await party.AuthorizeAsync("openid email offline_access"))["code"];

        var tokens = await other.SendAsync(party.CodeRequest(code));
        var info = await party.UserInfoAsync(tokens.AccessToken!);
        var seen = await party.IntrospectAsync(tokens.AccessToken!);
        var next = await party.RefreshAsync(tokens.RefreshToken!);

        Assert.Equal("ada@example.com", info["email"]);
        Assert.Equal("True", seen["active"]);
        Assert.NotNull(next.RefreshToken);
        Assert.Equal(
            Answer.Decode(tokens.AccessToken!).Payload.GetProperty("sid").GetString(),
            party.Session!.Id.ToString("D")
        );
    }

    [Fact]
    public async Task Twenty_refreshes_of_one_token_half_at_each_never_give_two_leaves()
    {
        using RelyingParty one = new(fixture.Duende);
        using RelyingParty two = new(fixture.OpenIddict);
        for (var round = 0; round < Rounds; round++)
        {
            await one.SignInAsync(fixture.UserId);
            var before = await fixture.LiveLeavesAsync();
            var tokens = await one.GetTokensAsync("openid offline_access");

            var answers = await Task.WhenAll(
                Enumerable.Range(0, AtOnce).Select(i => (i % 2 == 0 ? one : two).RefreshAsync(tokens.RefreshToken!))
            );

            Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
            Assert.Single(answers.Select(answer => answer.RefreshToken).Distinct());
            Assert.Equal(before + 1, await fixture.LiveLeavesAsync());
            await one.SendAsync(one.Post("/connect/revoke", ("token", answers[0].RefreshToken)));
        }
    }

    [Fact]
    public async Task Twenty_refreshes_at_Duende_alone_give_one_successor_and_a_grandparent_ends_the_family()
    {
        using var party = await fixture.SignedInAsync(fixture.Duende);
        var tokens = await party.GetTokensAsync("openid offline_access");
        var answers = await Task.WhenAll(
            Enumerable.Range(0, AtOnce).Select(_ => party.RefreshAsync(tokens.RefreshToken!))
        );
        var leaf = (await party.RefreshAsync(answers[0].RefreshToken!)).RefreshToken!;

        var replayed = await party.RefreshAsync(tokens.RefreshToken!);

        Assert.Single(answers.Select(answer => answer.RefreshToken).Distinct());
        Assert.Equal("invalid_grant", replayed.Error);
        Assert.Equal("invalid_grant", (await party.RefreshAsync(leaf)).Error);
        Assert.Equal(
            1,
            await fixture.Database.ScalarAsync<long>(
                "SELECT count(*) FROM public.audit_logs WHERE event_type = 'token_reuse' "
                    + "AND details ->> 'family_id' = @family",
                ("family", Answer.Decode(tokens.AccessToken!).Payload.GetProperty("grant_id").GetString()!)
            )
        );
    }

    [Fact]
    public async Task A_code_at_both_at_once_gives_tokens_once_and_what_was_given_ends()
    {
        using RelyingParty one = new(fixture.Duende);
        using RelyingParty two = new(fixture.OpenIddict);
        await one.SignInAsync(fixture.UserId);
        for (var round = 0; round < Rounds / 4; round++)
        {
            var before = await fixture.LiveLeavesAsync();
            var code = (await one.AuthorizeAsync("openid offline_access"))["code"];

            var answers = await Task.WhenAll(
                Enumerable.Range(0, AtOnce).Select(i => (i % 2 == 0 ? one : two).SendAsync(one.CodeRequest(code)))
            );

            Assert.Single(answers, answer => answer.AccessToken is not null);
            Assert.All(
                answers.Where(answer => answer.AccessToken is null),
                answer => Assert.Equal("invalid_grant", answer.Error)
            );
            Assert.Equal(before, await fixture.LiveLeavesAsync());
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_request_that_was_pushed_to_one_goes_on_at_the_other(bool pushedAtDuende)
    {
        var (first, second) = pushedAtDuende
            ? (fixture.Duende, fixture.OpenIddict)
            : (fixture.OpenIddict, fixture.Duende);
        using var party = await fixture.SignedInAsync(first, "pushing", "https://pushing.example/callback");
        using RelyingParty browser = new(second, "pushing", "https://pushing.example/callback");
        browser.UseCookie(party.Browser.DefaultRequestHeaders.GetValues("Cookie").Single().Split('=')[1]);
        var pushed = await PushAsync(party);

        using var answer = await browser.Browser.GetAsync(
            $"/connect/authorize?client_id=pushing&request_uri={Uri.EscapeDataString(pushed["request_uri"]!)}"
        );
        var tokens = await party.RedeemAsync(browser.AnswerOf(answer)["code"]);

        Assert.Equal(HttpStatusCode.Created, pushed.Status);
        Assert.NotNull(tokens.IdToken);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_reference_token_of_one_is_good_at_the_other(bool fromDuende)
    {
        var (first, second) = fromDuende ? (fixture.Duende, fixture.OpenIddict) : (fixture.OpenIddict, fixture.Duende);
        using var party = await fixture.SignedInAsync(first, "opaque", "https://opaque.example/callback");
        using RelyingParty other = new(second, "opaque", "https://opaque.example/callback");

        var tokens = await party.GetTokensAsync("openid email");

        Assert.StartsWith("ref_", tokens.AccessToken);
        Assert.Equal("ada@example.com", (await other.UserInfoAsync(tokens.AccessToken!))["email"]);
        Assert.Equal("True", (await other.IntrospectAsync(tokens.AccessToken!))["active"]);
    }

    [Fact]
    public async Task A_session_that_ends_at_one_ends_its_tokens_at_the_other()
    {
        using var party = await fixture.SignedInAsync(fixture.Duende);
        using RelyingParty other = new(fixture.OpenIddict);
        var tokens = await party.GetTokensAsync("openid email offline_access");

        using var ended = await party.Browser.GetAsync($"/connect/end-session?id_token_hint={tokens.IdToken}");

        Assert.Equal(HttpStatusCode.SeeOther, ended.StatusCode);
        Assert.Equal("invalid_token", (await other.UserInfoAsync(tokens.AccessToken!)).Error);
        Assert.Equal("invalid_grant", (await other.RefreshAsync(tokens.RefreshToken!)).Error);
    }

    private static Task<Answer> PushAsync(RelyingParty party)
    {
        var query = Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(
            party.AuthorizeUrl("openid").Split('?')[1]
        );
        return party.SendAsync(
            party.Post("/connect/par", [.. query.Select(pair => (pair.Key, (string?)pair.Value.ToString()))])
        );
    }
}
