using System.Net;
using Identity.Testing;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Identity.IntegrationTests.Protocol.Endpoints.Introspection;

/// <summary>Introspection as a signed JWT (RFC 9701).</summary>
public sealed class SignedIntrospectionTests(ShopFixture fixture) : IClassFixture<ShopFixture>
{
    private const string Jwt = "application/token-introspection+jwt";

    [Fact]
    public async Task Asked_for_by_Accept_it_is_signed_for_the_caller_and_says_what_the_JSON_says()
    {
        using var shop = await fixture.SignedInAsync();
        using RelyingParty ordersApi = new(fixture.Host, "orders-api");
        var token = (await shop.GetTokensAsync("openid orders")).AccessToken!;

        var (type, text) = await AskAsync(ordersApi, token, Jwt);
        var json = await ordersApi.IntrospectAsync(token);

        Assert.Equal(Jwt, type);
        var read = await new JsonWebTokenHandler().ValidateTokenAsync(
            text,
            new TokenValidationParameters
            {
                ValidIssuer = fixture.Host.Issuer,
                ValidAudience = "orders-api",
                IssuerSigningKeys = new JsonWebKeySet(
                    await shop.Backchannel.GetStringAsync("/.well-known/jwks.json")
                ).GetSigningKeys(),
                ValidTypes = ["token-introspection+jwt"],
                ValidAlgorithms = ["RS256"],
                RequireExpirationTime = false,
            }
        );
        Assert.True(read.IsValid, read.Exception?.Message);
        var claims = Answer.Decode(text).Payload;
        Assert.Equal(
            ["aud", "iat", "iss", "token_introspection"],
            claims.EnumerateObject().Select(member => member.Name).Order()
        );
        Assert.True(
            System.Text.Json.JsonElement.DeepEquals(json.Json, claims.GetProperty("token_introspection")),
            claims.GetRawText()
        );
    }

    [Fact]
    public async Task Of_a_token_that_is_not_active_it_says_that_and_no_more()
    {
        using RelyingParty ordersApi = new(fixture.Host, "orders-api");

        var (type, text) = await AskAsync(ordersApi, "unknown", Jwt);

        Assert.Equal(Jwt, type);
        Assert.Equal(
            """{"active":false}""",
            Answer.Decode(text).Payload.GetProperty("token_introspection").GetRawText()
        );
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("*/*")]
    [InlineData("application/token-introspection+jwt;q=0, application/json")]
    [InlineData("application/token-introspection+jwt;q=0.2, application/json;q=0.9")]
    public async Task Whoever_does_not_ask_for_it_gets_JSON(string accept)
    {
        using RelyingParty ordersApi = new(fixture.Host, "orders-api");

        var (type, text) = await AskAsync(ordersApi, "unknown", accept);

        Assert.Equal("application/json", type);
        Assert.Equal("""{"active":false}""", text);
    }

    [Fact]
    public async Task An_error_stays_an_error()
    {
        using RelyingParty wrong = new(fixture.Host, "orders-api", secret: "wrong");
        var request = wrong.Post("/connect/introspect", ("token", "unknown"));
        request.Headers.Add("Accept", Jwt);

        using var response = await wrong.Backchannel.SendAsync(request);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal("invalid_client", (await Answer.ReadAsync(response)).Error);
    }

    private static async Task<(string? Type, string Text)> AskAsync(RelyingParty party, string token, string accept)
    {
        var request = party.Post("/connect/introspect", ("token", token));
        request.Headers.TryAddWithoutValidation("Accept", accept);
        using var response = await party.Backchannel.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.True(response.Headers.CacheControl?.NoStore);
        return (response.Content.Headers.ContentType?.MediaType, await response.Content.ReadAsStringAsync());
    }
}
