using System.Net;
using System.Text.Json;
using Identity.Server.Protocol.Tokens.Jose;
using Identity.Testing;
using Microsoft.AspNetCore.WebUtilities;

namespace Identity.IntegrationTests.Protocol.Extensions.Jarm;

/// <summary>Authorization responses as signed JWTs (JARM) over HTTP, and the plain fragment beside them.</summary>
public sealed class SignedResponseTests(KeyClientFixture fixture) : IClassFixture<KeyClientFixture>
{
    [Theory]
    [InlineData("jwt")]
    [InlineData("query.jwt")]
    public async Task The_answer_is_one_signed_parameter_in_the_query(string mode)
    {
        using var party = await fixture.SignedInAsync();

        var answer = await party.AuthorizeAsync("openid", ("response_mode", mode));

        var claims = await VerifyAsync(Assert.Single(answer, static parameter => parameter.Key == "response").Value);
        Assert.Single(answer);
        Assert.Equal(
            (fixture.One.Issuer, KeyClientFixture.Keyed, "state-1"),
            (
                claims.GetProperty("iss").GetString(),
                claims.GetProperty("aud").GetString(),
                claims.GetProperty("state").GetString()
            )
        );
        Assert.InRange(
            claims.GetProperty("exp").GetInt64() - TimeProvider.System.GetUtcNow().ToUnixTimeSeconds(),
            1,
            600
        );
        Assert.NotNull((await fixture.RedeemAsync(party, claims.GetProperty("code").GetString()!)).AccessToken);
    }

    [Fact]
    public async Task By_form_post_it_is_the_one_field_of_the_form()
    {
        using var party = await fixture.SignedInAsync();

        using var response = await party.Browser.GetAsync(
            party.AuthorizeUrl("openid", ("response_mode", "form_post.jwt"))
        );

        var html = await response.Content.ReadAsStringAsync();
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Single(html.Split("<input"), static part => part.Contains("name=", StringComparison.Ordinal));
        var claims = await VerifyAsync(html.Split("name=\"response\" value=\"")[1].Split('"')[0]);
        Assert.True(claims.TryGetProperty("code", out _));
    }

    [Theory]
    [InlineData("fragment")]
    [InlineData("fragment.jwt")]
    public async Task A_fragment_goes_to_a_client_that_registered_for_it_and_asks(string mode)
    {
        using var party = await fixture.SignedInAsync();

        using var response = await party.Browser.GetAsync(party.AuthorizeUrl("openid", ("response_mode", mode)));

        var location = response.Headers.Location!;
        var answer = QueryHelpers.ParseQuery(location.Fragment.TrimStart('#'));
        Assert.Equal(HttpStatusCode.SeeOther, response.StatusCode);
        Assert.Empty(location.Query);
        Assert.Equal(
            mode == "fragment" ? ["code", "iss", "session_state", "state"] : ["response"],
            answer.Keys.Order()
        );
        if (mode == "fragment.jwt")
            await VerifyAsync(answer["response"].ToString());
    }

    [Theory]
    [InlineData("fragment")]
    [InlineData("fragment.jwt")]
    [InlineData("jwt")]
    [InlineData("form_post.jwt")]
    [InlineData("nonsense.jwt")]
    public async Task A_mode_that_the_client_did_not_register_is_refused_by_query(string mode)
    {
        using RelyingParty party = new(fixture.One);
        await party.SignInAsync(fixture.UserId);

        Assert.Equal("invalid_request", (await party.AuthorizeAsync("openid", ("response_mode", mode)))["error"]);
    }

    [Theory]
    [InlineData("prompt", "none", "login_required")]
    [InlineData("scope", "unheard-of", "invalid_scope")]
    [InlineData("code_challenge_method", "plain", "invalid_request")]
    public async Task Errors_travel_the_same_way(string name, string value, string error)
    {
        using RelyingParty party = new(fixture.One, KeyClientFixture.Keyed, KeyClientFixture.RedirectUri);

        var answer = await party.AuthorizeAsync("openid", ("response_mode", "jwt"), (name, value));

        var claims = await VerifyAsync(Assert.Single(answer).Value);
        Assert.Equal(
            (error, "state-1"),
            (claims.GetProperty("error").GetString(), claims.GetProperty("state").GetString())
        );
    }

    [Fact]
    public async Task It_works_for_a_pushed_and_signed_request_too_as_message_signing_has_it()
    {
        using var party = await fixture.SignedInAsync(KeyClientFixture.Pushing);
        var request = fixture.Key.RequestObject(
            party.ClientId,
            fixture.One.Issuer,
            KeyClientFixture.ParametersOf(party, "openid", ("response_mode", "jwt"))
        );
        var pushed = await party.SendAsync(fixture.Post("/connect/par", party.ClientId, [new("request", request)]));

        using var response = await party.Browser.GetAsync(
            KeyClientFixture.AuthorizeUrl(party.ClientId, pushed["request_uri"]!)
        );

        var claims = await VerifyAsync(Assert.Single(party.AnswerOf(response)).Value);
        Assert.NotNull((await fixture.RedeemAsync(party, claims.GetProperty("code").GetString()!)).IdToken);
    }

    /// <summary>The claims of a JWT that one of the published keys must have signed.</summary>
    private async Task<JsonElement> VerifyAsync(string response)
    {
        using var client = fixture.One.CreateClient();
        var keys = JsonElement.Parse(await client.GetStringAsync("/.well-known/jwks.json")).GetProperty("keys");
        using var jwt = SignedJwt.Read(response, 10_000);
        Assert.NotNull(jwt);
        var key = keys.EnumerateArray().Single(key => key.GetProperty("kid").GetString() == jwt.KeyId);
        Assert.True(jwt.IsSignedBy(PublicJwk.Read(key, jwt.Algorithm!)!));
        Assert.Equal("RS256", jwt.Algorithm);
        return jwt.Claims.Clone();
    }
}
