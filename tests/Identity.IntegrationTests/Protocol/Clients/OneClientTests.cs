using System.Net;
using Identity.Testing;

namespace Identity.IntegrationTests.Protocol.Clients;

/// <summary>A request speaks for one client (RFC 6749 sections 2.3 and 3.2.1).</summary>
public sealed class OneClientTests(ProtocolFixture fixture) : IClassFixture<ProtocolFixture>
{
    [Theory]
    [InlineData("/connect/token")]
    [InlineData("/connect/par")]
    [InlineData("/connect/introspect")]
    [InlineData("/connect/revoke")]
    [InlineData("/connect/device")]
    public async Task A_form_that_names_another_client_than_the_header_is_refused(string path)
    {
        using RelyingParty party = new(fixture.Host, "service", "");
        (string, string?)[] form =
        [
            ("grant_type", "client_credentials"),
            ("scope", "api"),
            ("token", "x"),
            ("client_id", "web"),
        ];

        var answer = await party.SendAsync(party.Post(path, form));

        Assert.Contains(answer.Error, new[] { "invalid_request", "invalid_client" });
        Assert.InRange((int)answer.Status, 400, 401);
        Assert.Null(answer.AccessToken);
    }

    [Fact]
    public async Task The_same_client_may_be_named_twice()
    {
        using RelyingParty party = new(fixture.Host, "service", "");

        var answer = await party.SendAsync(
            party.Post("/connect/token", ("grant_type", "client_credentials"), ("client_id", "service"))
        );

        Assert.Equal(HttpStatusCode.OK, answer.Status);
    }

    [Theory]
    [InlineData("audience", "x")]
    [InlineData("audience", "https://api.example https://other.example")]
    [InlineData("resource_server", "x")]
    [InlineData("organization", "acme")]
    [InlineData("claims_locales", "de")]
    public async Task A_parameter_that_is_not_known_is_ignored_at_every_endpoint(string name, string value)
    {
        using var party = await fixture.SignedInAsync();
        using RelyingParty service = new(fixture.Host, "service", "");

        var code = await party.AuthorizeAsync("openid offline_access", (name, value));
        var codeRequest = ShopFixture.With(party.CodeRequest(code["code"]), (name, value));
        var tokens = await party.SendAsync(codeRequest);
        var refreshed = await party.SendAsync(
            ShopFixture.With(party.RefreshRequest(tokens.RefreshToken!), (name, value))
        );
        var machine = await service.SendAsync(
            service.Post("/connect/token", ("grant_type", "client_credentials"), (name, value))
        );
        var introspected = await party.SendAsync(
            party.Post("/connect/introspect", ("token", refreshed.AccessToken), (name, value))
        );

        Assert.All(
            [tokens, refreshed, machine, introspected],
            answer => Assert.Equal(HttpStatusCode.OK, answer.Status)
        );
    }

    [Fact]
    public async Task An_unknown_parameter_is_ignored_when_a_request_is_pushed()
    {
        using var party = await fixture.SignedInAsync();
        var form = Microsoft
            .AspNetCore.WebUtilities.QueryHelpers.ParseQuery(
                new Uri(fixture.Host.BaseAddress, party.AuthorizeUrl()).Query
            )
            .Select(parameter => (parameter.Key, (string?)parameter.Value.ToString()));

        var pushed = await party.SendAsync(party.Post("/connect/par", [.. form, ("audience", "x")]));

        Assert.Equal(HttpStatusCode.Created, pushed.Status);
    }
}
