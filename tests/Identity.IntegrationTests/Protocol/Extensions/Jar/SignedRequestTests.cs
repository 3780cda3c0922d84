using System.Net;
using System.Text.Json.Nodes;
using Identity.Testing;
using Microsoft.AspNetCore.WebUtilities;

namespace Identity.IntegrationTests.Protocol.Extensions.Jar;

/// <summary>Signed request objects (RFC 9101) over HTTP: by value, and within pushed requests.</summary>
public sealed class SignedRequestTests(KeyClientFixture fixture) : IClassFixture<KeyClientFixture>
{
    [Fact]
    public async Task The_parameters_are_those_of_the_object_and_no_others()
    {
        using var party = await fixture.SignedInAsync();
        var url = Url(party, Object(party, "openid email", ("state", "signed")));

        using var response = await party.Browser.GetAsync(
            url
                + "&state=added&scope=unheard-of&prompt=login&redirect_uri="
                + Uri.EscapeDataString("https://evil.example/")
        );

        var answer = party.AnswerOf(response);
        Assert.Equal("signed", answer["state"]);
        var tokens = await fixture.RedeemAsync(party, answer["code"]);
        Assert.Equal("openid email", tokens["scope"]);
        Assert.Equal("nonce-1", Answer.Decode(tokens.IdToken!).Payload.GetProperty("nonce").GetString());
    }

    [Fact]
    public async Task It_goes_on_after_the_sign_in_though_it_has_run_out_meanwhile_and_gives_one_code()
    {
        using var party = new RelyingParty(fixture.One, KeyClientFixture.Keyed, KeyClientFixture.RedirectUri);
        using var asked = await party.Browser.GetAsync(Url(party, Object(party)));
        var back = Uri.UnescapeDataString(asked.Headers.Location!.OriginalString.Split("returnUrl=")[1]);
        await party.SignInAsync(fixture.UserId);

        using var first = await party.Browser.GetAsync(back);
        using var second = await party.Browser.GetAsync(back);

        Assert.DoesNotContain("request=", back, StringComparison.Ordinal);
        Assert.NotNull((await fixture.RedeemAsync(party, party.AnswerOf(first)["code"])).AccessToken);
        Assert.Equal(HttpStatusCode.BadRequest, second.StatusCode);
    }

    [Theory]
    [InlineData("iss", "web")]
    [InlineData("client_id", "web")]
    [InlineData("client_id", null)]
    [InlineData("aud", "https://evil.example")]
    [InlineData("aud", null)]
    [InlineData("exp", 1000)]
    [InlineData("nbf", 99999999999)]
    [InlineData("sub", KeyClientFixture.Keyed)]
    [InlineData("request_uri", "https://evil.example/")]
    [InlineData("client_secret", "x")]
    [InlineData("state", "a\0b")]
    public async Task An_object_that_says_something_wrong_is_refused_to_the_registered_address(
        string claim,
        object? value
    )
    {
        using var party = await fixture.SignedInAsync();
        var parameters = KeyClientFixture.ParametersOf(party);
        var bad = fixture.Key.RequestObject(
            party.ClientId,
            fixture.One.Issuer,
            parameters,
            claims =>
            {
                claims.Remove(claim);
                if (value is not null)
                    claims[claim] = JsonValue.Create(value);
            }
        );

        using var told = await party.Browser.GetAsync(
            QueryHelpers.AddQueryString(
                Url(party, bad),
                new Dictionary<string, string?> { ["redirect_uri"] = party.RedirectUri, ["state"] = "outer" }
            )
        );
        using var shown = await party.Browser.GetAsync(Url(party, bad));
        var pushed = await PushAsync(party, bad);

        var answer = party.AnswerOf(told);
        Assert.Equal(("invalid_request_object", "outer"), (answer["error"], answer["state"]));
        Assert.Equal((HttpStatusCode.BadRequest, (Uri?)null), (shown.StatusCode, shown.Headers.Location));
        Assert.Equal("invalid_request_object", pushed.Error);
    }

    [Fact]
    public async Task An_object_that_is_none_or_not_the_clients_is_refused()
    {
        using var party = await fixture.SignedInAsync();
        using ClientKeyPair stranger = new("k1");
        var parameters = KeyClientFixture.ParametersOf(party);
        var good = Object(party);
        JsonObject Claims() =>
            new()
            {
                ["iss"] = party.ClientId,
                ["client_id"] = party.ClientId,
                ["aud"] = fixture.One.Issuer,
                ["response_type"] = "code",
            };

        foreach (
            var bad in new[]
            {
                "x",
                "a.b.c",
                good[..^5],
                "eyJhbGciOiJub25lIn0.e30.",
                stranger.RequestObject(party.ClientId, fixture.One.Issuer, parameters),
                fixture.Key.Sign(Claims(), "JWT", "none"),
                fixture.Key.Sign(Claims(), "JWT", "HS256"),
                fixture.Key.Sign(Claims(), "at+jwt"),
                fixture.Key.Assertion(party.ClientId, fixture.One.Issuer),
                "%00",
                new string('x', 8_000),
            }
        )
        {
            using var response = await party.Browser.GetAsync(Url(party, bad));
            Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
            Assert.Null(response.Headers.Location);
        }
    }

    [Fact]
    public async Task What_the_object_asks_for_is_judged_as_if_it_stood_in_the_URL()
    {
        using var party = await fixture.SignedInAsync();

        using var scope = await party.Browser.GetAsync(Url(party, Object(party, "openid unheard-of")));
        using var plain = await party.Browser.GetAsync(
            Url(party, Object(party, "openid", ("code_challenge_method", "plain")))
        );
        using var elsewhere = await party.Browser.GetAsync(
            Url(party, Object(party, "openid", ("redirect_uri", "https://evil.example/")))
        );

        Assert.Equal("invalid_scope", party.AnswerOf(scope)["error"]);
        Assert.Equal("invalid_request", party.AnswerOf(plain)["error"]);
        Assert.Equal((HttpStatusCode.BadRequest, (Uri?)null), (elsewhere.StatusCode, elsewhere.Headers.Location));
    }

    [Fact]
    public async Task A_request_uri_that_would_have_to_be_fetched_is_not_and_both_at_once_are_refused()
    {
        using var party = await fixture.SignedInAsync();

        var foreign = await party.AuthorizeAsync("openid", ("request_uri", "https://evil.example/request"));
        using var both = await party.Browser.GetAsync(
            Url(party, Object(party)) + "&request_uri=urn%3Aietf%3Aparams%3Aoauth%3Arequest_uri%3Aabc"
        );

        Assert.Equal("request_uri_not_supported", foreign["error"]);
        Assert.Equal((HttpStatusCode.BadRequest, (Uri?)null), (both.StatusCode, both.Headers.Location));
    }

    [Fact]
    public async Task Within_a_pushed_request_the_object_counts_and_what_stands_beside_it_does_not()
    {
        using var party = await fixture.SignedInAsync(KeyClientFixture.Pushing);
        var pushed = await PushAsync(
            party,
            Object(party, "openid", ("state", "signed")),
            new("state", "added"),
            new("redirect_uri", "https://evil.example/")
        );

        using var response = await party.Browser.GetAsync(
            KeyClientFixture.AuthorizeUrl(party.ClientId, pushed["request_uri"]!)
        );

        Assert.Equal("signed", party.AnswerOf(response)["state"]);
    }

    [Fact]
    public async Task By_value_is_not_pushed_for_a_client_that_must_push()
    {
        using var party = await fixture.SignedInAsync(KeyClientFixture.Pushing);

        using var response = await party.Browser.GetAsync(Url(party, Object(party)));

        Assert.Equal("invalid_request", party.AnswerOf(response)["error"]);
    }

    [Fact]
    public async Task A_client_that_must_sign_is_heard_in_no_other_way_pushed_or_not()
    {
        using var party = await fixture.SignedInAsync(KeyClientFixture.Signing);

        var plain = await party.AuthorizeAsync();
        var pushedPlain = await party.SendAsync(
            fixture.Post("/connect/par", party.ClientId, KeyClientFixture.ParametersOf(party))
        );
        using var signed = await party.Browser.GetAsync(Url(party, Object(party)));
        var pushed = await PushAsync(party, Object(party));
        using var taken = await party.Browser.GetAsync(
            KeyClientFixture.AuthorizeUrl(party.ClientId, pushed["request_uri"]!)
        );

        Assert.Equal("invalid_request", plain["error"]);
        Assert.Equal("invalid_request", pushedPlain.Error);
        Assert.Contains("code", party.AnswerOf(signed).Keys);
        Assert.Contains("code", party.AnswerOf(taken).Keys);
    }

    [Fact]
    public async Task A_client_without_keys_signs_nothing()
    {
        using RelyingParty party = new(fixture.One);
        await party.SignInAsync(fixture.UserId);

        using var response = await party.Browser.GetAsync(Url(party, Object(party)));

        Assert.Equal((HttpStatusCode.BadRequest, (Uri?)null), (response.StatusCode, response.Headers.Location));
    }

    private string Object(
        RelyingParty party,
        string scope = "openid",
        params (string Name, string? Value)[] parameters
    ) =>
        fixture.Key.RequestObject(
            party.ClientId,
            fixture.One.Issuer,
            KeyClientFixture.ParametersOf(party, scope, parameters)
        );

    private static string Url(RelyingParty party, string request) =>
        QueryHelpers.AddQueryString(
            "/connect/authorize",
            new Dictionary<string, string?> { ["client_id"] = party.ClientId, ["request"] = request }
        );

    private Task<Answer> PushAsync(RelyingParty party, string request, params KeyValuePair<string, string>[] more) =>
        party.SendAsync(
            fixture.Post(
                "/connect/par",
                party.ClientId,
                [new("client_id", party.ClientId), new("request", request), .. more]
            )
        );
}
