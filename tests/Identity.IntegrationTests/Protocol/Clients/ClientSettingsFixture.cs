using Identity.Testing;

namespace Identity.IntegrationTests.Protocol.Clients;

/// <summary>One provider with clients as the field has them.</summary>
public sealed class ClientSettingsFixture : IAsyncLifetime
{
    public const string UrnClient = "urn:example:shop";

    public TestDatabase Database { get; private set; } = null!;
    public IdentityHost Host { get; private set; } = null!;
    public Guid UserId { get; private set; }

    public async Task InitializeAsync()
    {
        Database = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
        UserId = await RelyingParty.CreateUserAsync(Database, "ada@example.com");
        Host = await IdentityHost.StartAsync(Database, Settings);
    }

    public async Task DisposeAsync()
    {
        await Host.DisposeAsync();
        await Database.DisposeAsync();
    }

    public async Task<RelyingParty> SignedInAsync(string clientId = "web")
    {
        RelyingParty party = new(
            Host,
            clientId,
            clientId == "spa" ? "https://spa.example/callback" : TestClients.RedirectUri
        );
        await party.SignInAsync(UserId);
        return party;
    }

    private static Dictionary<string, string?> Settings
    {
        get
        {
            Dictionary<string, string?> settings = new(ProtocolFixture.Settings)
            {
                ["Identity:Scopes:read:Name"] = "api:read",
                ["Identity:Scopes:read:Resources:0"] = "https://api.example",
                ["Identity:Scopes:write:Name"] = "urn:example:write",
            };
            Add(settings, "reader", ("UserClaimsInIdToken", "true"));
            Add(settings, "legacy", ("AllowNonceInsteadOfPkce", "true"));
            Add(settings, "strict", ("RefreshTokenGrace", "00:00:00"));
            Add(settings, "urn", ("ClientId", UrnClient), ("Scopes:4", "api:read"), ("Scopes:5", "urn:example:write"));
            Add(settings, "desktop", ("RedirectUris:1", "http://127.0.0.1/callback"));
            Add(
                settings,
                "native",
                ("Profile", "Native"),
                ("Secret", null),
                ("RedirectUris:1", "http://localhost/callback"),
                ("RedirectUris:2", "http://127.0.0.1/callback"),
                ("RedirectUris:3", "com.example.app:/done")
            );
            Add(
                settings,
                "tv",
                ("Profile", "Native"),
                ("Secret", null),
                ("DeviceCodeLifetime", "00:25:00"),
                ("GrantTypes:0", "urn:ietf:params:oauth:grant-type:device_code"),
                ("GrantTypes:1", "refresh_token")
            );
            return settings;
        }
    }

    private static void Add(
        Dictionary<string, string?> settings,
        string client,
        params (string Name, string? Value)[] own
    )
    {
        (string, string?)[] usual =
        [
            ("Secret", TestClients.Secret),
            ("RedirectUris:0", TestClients.RedirectUri),
            ("Scopes:0", "openid"),
            ("Scopes:1", "email"),
            ("Scopes:2", "profile"),
            ("Scopes:3", "offline_access"),
        ];
        foreach (var (name, value) in usual.Concat(own))
            settings[$"Identity:Clients:{client}:{name}"] = value;
        // A public client has no secret: the setting is absent, not empty.
        if (own.Contains(("Secret", null)))
            settings.Remove($"Identity:Clients:{client}:Secret");
    }
}
