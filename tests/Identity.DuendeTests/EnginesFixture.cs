using Identity.IntegrationTests.Protocol;
using Identity.Testing;

namespace Identity.DuendeTests;

/// <summary>Both engines at once: two instances of one provider, on one database and under one name.</summary>
public sealed class EnginesFixture : IAsyncLifetime
{
    public const string DeviceGrant = "urn:ietf:params:oauth:grant-type:device_code";

    public TestDatabase Database { get; private set; } = null!;

    /// <summary>The host on Duende.</summary>
    public IdentityHost Duende { get; private set; } = null!;

    /// <summary>The host that ships.</summary>
    public IdentityHost OpenIddict { get; private set; } = null!;

    /// <summary>Ada, who has every claim.</summary>
    public Guid UserId { get; private set; }

    public async Task InitializeAsync()
    {
        Database = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
        UserId = await RelyingParty.CreateUserAsync(Database, "ada@example.com");
        Duende = await IdentityHost.StartAsync(Database, Settings);
        OpenIddict = await IdentityHost.StartAsync(
            Database,
            new Dictionary<string, string?>(Settings) { ["Identity:Issuer"] = Duende.Issuer },
            entryPoint: IdentityHost.Shipped
        );
    }

    public async Task DisposeAsync()
    {
        await Duende.DisposeAsync();
        await OpenIddict.DisposeAsync();
        await Database.DisposeAsync();
        Key.Dispose();
    }

    /// <summary>A client's browser in which Ada is signed in.</summary>
    public async Task<RelyingParty> SignedInAsync(
        IdentityHost host,
        string clientId = "web",
        string redirectUri = TestClients.RedirectUri
    )
    {
        RelyingParty party = new(host, clientId, redirectUri);
        await party.SignInAsync(UserId);
        return party;
    }

    /// <summary>Refresh tokens that could still be used.</summary>
    public Task<long> LiveLeavesAsync() =>
        Database.ScalarAsync<long>(
            """
            SELECT count(*) FROM public.refresh_tokens t JOIN idp.token_families f ON f.id = t.family_id
            WHERE t.used_at IS NULL AND t.revoked_at IS NULL AND f.revoked_at IS NULL
            """
        );

    /// <summary>The key of the client <c>keyed</c>.</summary>
    public ClientKeyPair Key { get; } = new("keyed-1");

    private Dictionary<string, string?> Settings =>
        new(ProtocolFixture.Settings)
        {
            ["Identity:Clients:pushing:Profile"] = "Web",
            ["Identity:Clients:pushing:Secret"] = TestClients.Secret,
            ["Identity:Clients:pushing:RequirePushedAuthorizationRequests"] = "true",
            ["Identity:Clients:pushing:RedirectUris:0"] = "https://pushing.example/callback",
            ["Identity:Clients:pushing:Scopes:0"] = "openid",
            ["Identity:Clients:opaque:Profile"] = "Web",
            ["Identity:Clients:opaque:Secret"] = TestClients.Secret,
            ["Identity:Clients:opaque:AccessTokenFormat"] = "Reference",
            ["Identity:Clients:opaque:RedirectUris:0"] = "https://opaque.example/callback",
            ["Identity:Clients:opaque:Scopes:0"] = "openid",
            ["Identity:Clients:opaque:Scopes:1"] = "email",
            ["Identity:Clients:keyed:Profile"] = "Service",
            ["Identity:Clients:keyed:TokenEndpointAuthMethod"] = "private_key_jwt",
            ["Identity:Clients:keyed:Jwks"] = Key.Jwks,
            ["Identity:Clients:keyed:Scopes:0"] = "api",
            ["Identity:Clients:tv:Profile"] = "Native",
            ["Identity:Clients:tv:GrantTypes:0"] = DeviceGrant,
            ["Identity:Clients:tv:GrantTypes:1"] = "refresh_token",
            ["Identity:Clients:tv:Scopes:0"] = "openid",
            ["Identity:Clients:tv:Scopes:1"] = "offline_access",
        };
}
