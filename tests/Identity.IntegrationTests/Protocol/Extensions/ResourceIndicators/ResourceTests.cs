using System.Net;
using Identity.Testing;

namespace Identity.IntegrationTests.Protocol.Extensions.ResourceIndicators;

/// <summary>The parameter resource (RFC 8707): audiences that were asked for, narrowed and refused.</summary>
public sealed class ResourceTests(ShopFixture fixture) : IClassFixture<ShopFixture>
{
    private const string Api = "https://api.example";
    private const string Orders = "https://orders.example";
    private const string Extra = "https://extra.example";
    private const string AllScopes = "openid offline_access api orders";

    private string Issuer => fixture.Host.Issuer;

    [Fact]
    public async Task What_the_request_named_is_the_audience_for_the_life_of_the_grant()
    {
        using var shop = await fixture.SignedInAsync();
        var code = (await ShopFixture.AuthorizeAsync(shop, AllScopes, Orders, Extra))["code"];

        var tokens = await shop.RedeemAsync(code);
        var refreshed = await shop.RefreshAsync(tokens.RefreshToken!);

        Assert.Equal([Orders, Extra, Issuer], ShopFixture.Audiences(tokens.AccessToken!));
        Assert.Equal([Orders, Extra, Issuer], ShopFixture.Audiences(refreshed.AccessToken!));
    }

    [Fact]
    public async Task Without_the_parameter_the_scopes_decide()
    {
        using var shop = await fixture.SignedInAsync();

        var tokens = await shop.GetTokensAsync(AllScopes);

        Assert.Equal([Api, Orders, Issuer], ShopFixture.Audiences(tokens.AccessToken!));
    }

    [Fact]
    public async Task Each_token_may_be_for_a_part_and_the_grant_keeps_the_whole()
    {
        using var shop = await fixture.SignedInAsync();
        var code = (await ShopFixture.AuthorizeAsync(shop, AllScopes, Orders, Api))["code"];

        var first = await shop.SendAsync(ShopFixture.With(shop.CodeRequest(code), ("resource", Orders)));
        var second = await shop.SendAsync(
            ShopFixture.With(shop.RefreshRequest(first.RefreshToken!), ("resource", Api))
        );
        var both = await shop.SendAsync(
            ShopFixture.With(shop.RefreshRequest(second.RefreshToken!), ("resource", Api), ("resource", Orders))
        );

        Assert.Equal([Orders], ShopFixture.Audiences(first.AccessToken!));
        Assert.Equal([Api], ShopFixture.Audiences(second.AccessToken!));
        Assert.Equal([Api, Orders], ShopFixture.Audiences(both.AccessToken!));
    }

    [Fact]
    public async Task Fewer_scopes_open_fewer_of_the_resources_that_were_named()
    {
        using var shop = await fixture.SignedInAsync();
        var tokens = await shop.RedeemAsync(
            (await ShopFixture.AuthorizeAsync(shop, AllScopes, Orders, Api, Extra))["code"]
        );

        var fewer = await shop.RefreshAsync(tokens.RefreshToken!, "openid orders");

        Assert.Equal([Orders, Extra, Issuer], ShopFixture.Audiences(fewer.AccessToken!));
    }

    [Fact]
    public async Task A_narrowed_token_opens_nothing_else()
    {
        using var shop = await fixture.SignedInAsync();
        using RelyingParty ordersApi = new(fixture.Host, "orders-api");
        var code = (await shop.AuthorizeAsync(AllScopes))["code"];

        var token = (await shop.SendAsync(ShopFixture.With(shop.CodeRequest(code), ("resource", Api)))).AccessToken!;

        Assert.Equal(HttpStatusCode.Forbidden, (await shop.UserInfoAsync(token)).Status);
        Assert.False((await ordersApi.IntrospectAsync(token)).Json.GetProperty("active").GetBoolean());
    }

    [Theory]
    [InlineData(Extra)]
    [InlineData("https://nobody.example")]
    [InlineData("not a uri")]
    [InlineData("/api")]
    [InlineData(Api + "#part")]
    public async Task Asking_for_more_at_the_token_endpoint_is_refused_and_uses_nothing_up(string resource)
    {
        using var shop = await fixture.SignedInAsync();
        var code = (await shop.AuthorizeAsync(AllScopes))["code"];

        var refused = await shop.SendAsync(ShopFixture.With(shop.CodeRequest(code), ("resource", resource)));
        var tokens = await shop.RedeemAsync(code);
        var refusedLater = await shop.SendAsync(
            ShopFixture.With(shop.RefreshRequest(tokens.RefreshToken!), ("resource", resource))
        );
        var refreshed = await shop.RefreshAsync(tokens.RefreshToken!);

        Assert.Equal((HttpStatusCode.BadRequest, "invalid_target"), (refused.Status, refused.Error));
        Assert.Equal((HttpStatusCode.BadRequest, "invalid_target"), (refusedLater.Status, refusedLater.Error));
        Assert.NotNull(refreshed.AccessToken);
    }

    [Theory]
    [InlineData("https://nobody.example")]
    [InlineData("not a uri")]
    [InlineData("/api")]
    [InlineData(Api + "#part")]
    [InlineData("urn:\u202Ehidden")]
    public async Task The_authorize_endpoint_refuses_what_no_scope_opens_and_the_client_did_not_register(
        string resource
    )
    {
        using var shop = await fixture.SignedInAsync();

        var answer = await ShopFixture.AuthorizeAsync(shop, AllScopes, resource);

        Assert.Equal("invalid_target", answer["error"]);
        Assert.False(answer.ContainsKey("code"));
    }

    [Fact]
    public async Task Nine_resources_are_more_than_any_request_needs()
    {
        using var shop = await fixture.SignedInAsync();

        var answer = await ShopFixture.AuthorizeAsync(
            shop,
            AllScopes,
            [.. Enumerable.Range(1, 9).Select(number => $"{Api}/{number}")]
        );

        Assert.Equal("invalid_target", answer["error"]);
    }

    [Fact]
    public async Task Client_credentials_name_resources_too()
    {
        using RelyingParty shop = new(fixture.Host, "shop");

        var granted = await shop.SendAsync(
            ShopFixture.With(
                shop.Post("/connect/token", ("grant_type", "client_credentials"), ("scope", "api")),
                ("resource", Extra)
            )
        );
        var refused = await shop.SendAsync(
            ShopFixture.With(
                shop.Post("/connect/token", ("grant_type", "client_credentials"), ("scope", "api")),
                ("resource", Orders)
            )
        );

        Assert.Equal([Extra], ShopFixture.Audiences(granted.AccessToken!));
        Assert.Equal("invalid_target", refused.Error);
    }

    [Fact]
    public async Task Another_clients_code_with_a_resource_is_unknown_like_any_other()
    {
        using var shop = await fixture.SignedInAsync();
        using RelyingParty opaque = new(fixture.Host, "opaque", ShopFixture.ShopRedirect);
        var code = (await shop.AuthorizeAsync(AllScopes))["code"];

        var answer = await opaque.SendAsync(
            ShopFixture.With(
                opaque.Post(
                    "/connect/token",
                    ("grant_type", "authorization_code"),
                    ("code", code),
                    ("redirect_uri", shop.RedirectUri),
                    ("code_verifier", shop.Verifier)
                ),
                ("resource", Extra)
            )
        );

        Assert.Equal("invalid_grant", answer.Error);
    }

    [Fact]
    public async Task Narrowing_costs_one_command()
    {
        using var shop = await fixture.SignedInAsync();
        var code = (await shop.AuthorizeAsync(AllScopes))["code"];

        var (redeemed, codeCommands) = await fixture.Host.SendCountedAsync(
            shop.Backchannel,
            ShopFixture.With(shop.CodeRequest(code), ("resource", Api))
        );
        var tokens = await Answer.ReadAsync(redeemed);
        var (_, refreshCommands) = await fixture.Host.SendCountedAsync(
            shop.Backchannel,
            ShopFixture.With(shop.RefreshRequest(tokens.RefreshToken!), ("resource", Api))
        );

        Assert.Equal((2, 2), (codeCommands, refreshCommands));
    }
}
