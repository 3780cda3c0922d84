using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Identity.Testing;

namespace Identity.IntegrationTests.Protocol.Clients;

/// <summary>private_key_jwt (RFC 7523, OIDC Core 9) over HTTP, at every endpoint at which a client
/// authenticates.</summary>
public sealed class PrivateKeyJwtTests(KeyClientFixture fixture) : IClassFixture<KeyClientFixture>
{
    private static readonly KeyValuePair<string, string>[] ClientCredentials =
    [
        new("grant_type", "client_credentials"),
        new("scope", "api"),
    ];

    [Theory]
    [InlineData("")]
    [InlineData("/connect/token")]
    public async Task The_issuer_or_the_token_endpoint_is_the_audience_and_client_id_may_be_left_out(string audience)
    {
        using var client = fixture.One.CreateClient();

        using var response = await client.SendAsync(
            fixture.Post("/connect/token", KeyClientFixture.Keyed, ClientCredentials, fixture.One.Issuer + audience)
        );

        Assert.NotNull((await Answer.ReadAsync(response)).AccessToken);
    }

    [Fact]
    public async Task An_assertion_costs_one_command_and_a_bad_one_none()
    {
        using var client = fixture.One.CreateClient();

        var (good, commands) = await fixture.One.SendCountedAsync(
            client,
            fixture.Post("/connect/token", KeyClientFixture.Keyed, ClientCredentials)
        );
        var (bad, none) = await fixture.One.SendCountedAsync(
            client,
            fixture.Post("/connect/token", KeyClientFixture.Keyed, ClientCredentials, "https://evil.example")
        );

        using (good)
        using (bad)
        {
            Assert.Equal((HttpStatusCode.OK, 1), (good.StatusCode, commands));
            Assert.Equal((HttpStatusCode.Unauthorized, 0), (bad.StatusCode, none));
        }
    }

    [Fact]
    public async Task Of_twenty_uses_at_once_on_two_instances_one_is_answered()
    {
        using var one = fixture.One.CreateClient();
        using var two = fixture.Two.CreateClient();
        var assertion = fixture.Key.Assertion(KeyClientFixture.Keyed, fixture.One.Issuer);

        var answers = await Task.WhenAll(
            Enumerable
                .Range(0, 20)
                .Select(async i =>
                {
                    using var form = Form(assertion, ClientCredentials);
                    using var response = await (i % 2 == 0 ? one : two).PostAsync("/connect/token", form);
                    return await Answer.ReadAsync(response);
                })
        );

        Assert.Single(answers, static answer => answer.AccessToken is not null);
        Assert.All(
            answers.Where(static answer => answer.AccessToken is null),
            static answer =>
                Assert.Equal((HttpStatusCode.Unauthorized, "invalid_client"), (answer.Status, answer.Error))
        );
    }

    [Theory]
    [InlineData("aud", "https://evil.example")]
    [InlineData("iss", "web")]
    [InlineData("sub", "web")]
    [InlineData("sub", "nobody")]
    [InlineData("sub", "")]
    [InlineData("sub", "a\0b")]
    [InlineData("jti", null)]
    [InlineData("exp", null)]
    public async Task An_assertion_that_says_something_wrong_is_refused_without_a_reason(string claim, string? value)
    {
        var assertion = fixture.Key.Assertion(
            KeyClientFixture.Keyed,
            fixture.One.Issuer,
            claims => Spoil(claims, claim, value)
        );

        var answer = await SendAsync(Form(assertion, ClientCredentials));

        Assert.Equal((HttpStatusCode.Unauthorized, "invalid_client"), (answer.Status, answer.Error));
        Assert.Null(answer.AccessToken);
        Assert.DoesNotContain(claim + " ", answer["error_description"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_kind_of_JWT_algorithm_or_key_is_refused()
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        JsonObject Claims() =>
            new()
            {
                ["iss"] = KeyClientFixture.Keyed,
                ["sub"] = KeyClientFixture.Keyed,
                ["aud"] = fixture.One.Issuer,
                ["exp"] = now + 60,
                ["jti"] = Guid.NewGuid().ToString(),
            };
        using ClientKeyPair stranger = new("k1");
        var good = fixture.Key.Sign(Claims());

        foreach (
            var bad in new[]
            {
                fixture.Key.Sign(Claims(), "dpop+jwt"),
                fixture.Key.Sign(Claims(), "oauth-authz-req+jwt"),
                fixture.Key.Sign(Claims(), "JWT", "none"),
                fixture.Key.Sign(Claims(), "JWT", "HS256"),
                stranger.Sign(Claims()),
                good[..^4],
                "a.b.c",
                "x",
                new string('x', 20_000),
            }
        )
        {
            Assert.Equal(
                "invalid_client",
                (await SendAsync(Form(bad, [.. ClientCredentials, new("client_id", KeyClientFixture.Keyed)]))).Error
            );
        }
        Assert.NotNull((await SendAsync(Form(good, ClientCredentials))).AccessToken);
    }

    [Fact]
    public async Task A_client_authenticates_in_its_own_way_and_in_one_way()
    {
        var assertion = fixture.Key.Assertion(KeyClientFixture.Keyed, fixture.One.Issuer);
        KeyValuePair<string, string> id = new("client_id", KeyClientFixture.Keyed);
        using HttpRequestMessage basic = new(HttpMethod.Post, "/connect/token")
        {
            Content = Form(assertion, ClientCredentials),
        };
        basic.Headers.Authorization = new AuthenticationHeaderValue(
            "Basic",
            Convert.ToBase64String(Encoding.UTF8.GetBytes($"{KeyClientFixture.Keyed}:{TestClients.Secret}"))
        );
        using var client = fixture.One.CreateClient();

        using var both = await client.SendAsync(basic);
        var secret = await SendAsync(
            new FormUrlEncodedContent([.. ClientCredentials, id, new("client_secret", TestClients.Secret)])
        );
        var nothing = await SendAsync(new FormUrlEncodedContent([.. ClientCredentials, id]));
        var halfType = await SendAsync(
            new FormUrlEncodedContent([.. ClientCredentials, id, new("client_assertion", assertion)])
        );
        var otherType = await SendAsync(
            new FormUrlEncodedContent([
                .. ClientCredentials,
                id,
                new("client_assertion", assertion),
                new("client_assertion_type", "urn:x"),
            ])
        );
        var ofSecretClient = await SendAsync(Form(fixture.Key.Assertion("web", fixture.One.Issuer), ClientCredentials));
        var asAnother = await SendAsync(
            Form(assertion, [.. ClientCredentials, new("client_id", KeyClientFixture.Pushing)])
        );

        Assert.Equal("invalid_request", (await Answer.ReadAsync(both)).Error);
        Assert.Equal("invalid_client", secret.Error);
        Assert.Equal("invalid_client", nothing.Error);
        Assert.Equal("invalid_request", halfType.Error);
        Assert.Equal("invalid_client", otherType.Error);
        Assert.Equal("invalid_client", ofSecretClient.Error);
        Assert.Equal("invalid_client", asAnother.Error);
        // None of them used it up.
        Assert.NotNull((await SendAsync(Form(assertion, ClientCredentials))).AccessToken);
    }

    [Fact]
    public async Task Code_refresh_introspection_and_revocation_take_assertions_for_one_command_more()
    {
        using var party = await fixture.SignedInAsync();
        var tokens = await fixture.RedeemAsync(party, (await party.AuthorizeAsync("openid offline_access"))["code"]);

        var (refreshed, refresh) = await CountAsync(
            party,
            "/connect/token",
            new("grant_type", "refresh_token"),
            new("refresh_token", tokens.RefreshToken!)
        );
        var (described, introspect) = await CountAsync(
            party,
            "/connect/introspect",
            new KeyValuePair<string, string>("token", refreshed.AccessToken!)
        );
        var (_, revoke) = await CountAsync(
            party,
            "/connect/revoke",
            new KeyValuePair<string, string>("token", refreshed.RefreshToken!)
        );
        var (after, _) = await CountAsync(
            party,
            "/connect/introspect",
            new KeyValuePair<string, string>("token", refreshed.AccessToken!)
        );

        Assert.Equal((2, 2, 2), (refresh, introspect, revoke));
        Assert.Equal("True", described["active"]);
        Assert.Equal("False", after["active"]);
    }

    private async Task<(Answer Answer, int Commands)> CountAsync(
        RelyingParty party,
        string path,
        params KeyValuePair<string, string>[] form
    )
    {
        var (response, commands) = await fixture.One.SendCountedAsync(
            party.Backchannel,
            fixture.Post(path, party.ClientId, form, fixture.One.Issuer + path)
        );
        using (response)
        {
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            return (await Answer.ReadAsync(response), commands);
        }
    }

    private async Task<Answer> SendAsync(HttpContent form)
    {
        using (form)
        {
            using var client = fixture.One.CreateClient();
            using var response = await client.PostAsync("/connect/token", form);
            return await Answer.ReadAsync(response);
        }
    }

    private static FormUrlEncodedContent Form(string assertion, IEnumerable<KeyValuePair<string, string>> fields) =>
        new(
            fields
                .Append(new("client_assertion_type", ClientKeyPair.AssertionType))
                .Append(new("client_assertion", assertion))
        );

    private static void Spoil(JsonObject claims, string claim, string? value)
    {
        claims.Remove(claim);
        if (value is not null)
            claims[claim] = value;
    }
}
