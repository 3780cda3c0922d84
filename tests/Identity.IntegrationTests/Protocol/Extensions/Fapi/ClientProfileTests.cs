using System.Net;
using Identity.Core.Clients;
using Identity.Testing;
using Microsoft.Extensions.Configuration;

namespace Identity.IntegrationTests.Protocol.Extensions.Fapi;

/// <summary>The other profiles over HTTP: a single-page app, a native app, a service. And a start that a faulty one
/// prevents.</summary>
public sealed class ClientProfileTests(ClientProfileTests.Fixture fixture) : IClassFixture<ClientProfileTests.Fixture>
{
    [Theory]
    [InlineData("http://127.0.0.1:51004/callback", true)]
    [InlineData("http://127.0.0.1:8080/callback", true)]
    [InlineData("http://[::1]:51004/callback", true)]
    [InlineData("com.example.app:/callback", true)]
    [InlineData("http://127.0.0.1:51004/other", false)]
    [InlineData("http://127.0.0.1:51004/callback?x=1", false)]
    [InlineData("http://127.0.0.2:51004/callback", false)]
    [InlineData("http://localhost:51004/callback", false)]
    [InlineData("https://127.0.0.1:51004/callback", false)]
    [InlineData("http://127.0.0.1.evil.example:51004/callback", false)]
    [InlineData("http://127.0.0.1:51004@evil.example/callback", false)]
    [InlineData("com.example.app:/other", false)]
    public async Task RFC_8252_a_native_app_may_listen_on_any_port_of_its_loopback_address(
        string redirectUri,
        bool allowed
    )
    {
        using RelyingParty party = new(fixture.Host, "native", redirectUri, "none");
        await party.SignInAsync(fixture.UserId);

        // Without a page, for the answer to go straight to the address: that the person must see the request.
        using var response = await party.Browser.GetAsync(party.AuthorizeUrl("openid", ("prompt", "none")));

        Assert.Equal(allowed ? HttpStatusCode.SeeOther : HttpStatusCode.BadRequest, response.StatusCode);
        if (allowed)
            Assert.StartsWith(redirectUri + "?", response.Headers.Location!.OriginalString, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_port_of_a_browser_app_is_part_of_its_address()
    {
        using RelyingParty party = new(fixture.Host, "browser", "http://127.0.0.1:5001/callback", "none");
        await party.SignInAsync(fixture.UserId);

        using var response = await party.Browser.GetAsync(party.AuthorizeUrl());

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    [Fact]
    public async Task A_browser_app_gets_a_refresh_token_that_rotates_and_is_stale_within_a_day()
    {
        using RelyingParty party = new(fixture.Host, "spa", "https://spa.example/callback");
        await party.SignInAsync(fixture.UserId);
        var tokens = await party.GetTokensAsync("openid offline_access");

        var refreshed = await party.RefreshAsync(tokens.RefreshToken!);

        Assert.NotEqual(tokens.RefreshToken, refreshed.RefreshToken);
        Assert.InRange(
            await fixture.Database.ScalarAsync<TimeSpan>(
                "SELECT max(expires_at - created_at) FROM public.refresh_tokens WHERE client_id = 'spa'"
            ),
            TimeSpan.FromHours(1),
            TimeSpan.FromHours(24)
        );
        Assert.InRange(
            await fixture.Database.ScalarAsync<TimeSpan>(
                "SELECT max(absolute_expires_at - created_at) FROM idp.token_families WHERE client_id = 'spa'"
            ),
            TimeSpan.FromHours(1),
            TimeSpan.FromHours(24.1)
        );
    }

    [Fact]
    public async Task A_browser_app_without_a_challenge_is_refused()
    {
        using RelyingParty party = new(fixture.Host, "spa", "https://spa.example/callback");
        await party.SignInAsync(fixture.UserId);

        Assert.Equal(
            "invalid_request",
            (await party.AuthorizeAsync("openid", ("code_challenge", null), ("code_challenge_method", null)))["error"]
        );
    }

    [Fact]
    public async Task A_service_has_no_person_and_cannot_send_one_to_sign_in()
    {
        using RelyingParty party = new(fixture.Host, "service");
        await party.SignInAsync(fixture.UserId);

        using var authorize = await party.Browser.GetAsync(party.AuthorizeUrl("api"));
        var own = await party.SendAsync(
            party.Post("/connect/token", ("grant_type", "client_credentials"), ("scope", "api"))
        );
        var code = await party.SendAsync(
            party.Post(
                "/connect/token",
                ("grant_type", "authorization_code"),
                ("code", "x"),
                ("redirect_uri", "https://x.example/"),
                ("code_verifier", new string('v', 43))
            )
        );

        Assert.Equal(HttpStatusCode.BadRequest, authorize.StatusCode);
        Assert.NotNull(own.AccessToken);
        Assert.Null(own.RefreshToken);
        Assert.Equal("unauthorized_client", code.Error);
    }

    [Fact]
    public async Task A_client_that_breaks_its_profile_stops_the_start_with_every_fault_by_its_key()
    {
        Dictionary<string, string?> settings = new()
        {
            ["Identity:Clients:bank:Profile"] = "Fapi2",
            ["Identity:Clients:bank:TokenEndpointAuthMethod"] = "client_secret_basic",
            ["Identity:Clients:bank:Secret"] = TestClients.Secret,
            ["Identity:Clients:bank:DpopBoundAccessTokens"] = "false",
            ["Identity:Clients:bank:RequirePushedAuthorizationRequests"] = "false",
            ["Identity:Clients:bank:RedirectUris:0"] = "http://localhost:5000/callback",
        };

        // What the start checks before anything else, and the doctor as well.
        var faults = ClientRegistry.Check(new ConfigurationBuilder().AddInMemoryCollection(settings).Build());

        foreach (
            var key in new[]
            {
                "TokenEndpointAuthMethod",
                "DpopBoundAccessTokens",
                "RequirePushedAuthorizationRequests",
                "RedirectUris",
            }
        )
            Assert.Contains(
                faults,
                fault =>
                    fault.StartsWith($"Identity:Clients:bank:{key}:", StringComparison.Ordinal)
                    && fault.Contains("FAPI 2.0", StringComparison.Ordinal)
            );
        await Assert.ThrowsAnyAsync<Exception>(() => IdentityHost.StartAsync(fixture.Database, settings));
    }

    /// <summary>A provider with one client of each profile.</summary>
    public sealed class Fixture : IAsyncLifetime
    {
        public TestDatabase Database { get; private set; } = null!;
        public IdentityHost Host { get; private set; } = null!;
        public Guid UserId { get; private set; }

        public async Task InitializeAsync()
        {
            Database = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
            UserId = await RelyingParty.CreateUserAsync(Database, "ada@example.com");
            Host = await IdentityHost.StartAsync(
                Database,
                new Dictionary<string, string?>(ProtocolFixture.Settings)
                {
                    ["Identity:Clients:native:Profile"] = "Native",
                    ["Identity:Clients:native:RedirectUris:0"] = "http://127.0.0.1/callback",
                    ["Identity:Clients:native:RedirectUris:1"] = "http://[::1]/callback",
                    ["Identity:Clients:native:RedirectUris:2"] = "com.example.app:/callback",
                    ["Identity:Clients:browser:Profile"] = "Spa",
                    ["Identity:Clients:browser:RedirectUris:0"] = "http://127.0.0.1:5000/callback",
                }
            );
        }

        public async Task DisposeAsync()
        {
            await Host.DisposeAsync();
            await Database.DisposeAsync();
        }
    }
}
