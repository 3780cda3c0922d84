using Identity.Core.Passwords;
using Identity.Testing;

namespace Identity.IntegrationTests.Protocol;

/// <summary>One provider with clients that ask for more of OpenID Connect than most: pairwise subjects, logout
/// channels, and a condition on how one signs in.</summary>
public sealed class OidcFixture : IAsyncLifetime
{
    public const string One = "https://one.example/callback";
    public const string Two = "https://two.example/callback";
    public const string Three = "https://three.example/callback";
    public const string Front = "https://front.example/callback";

    public TestDatabase Database { get; private set; } = null!;
    public IdentityHost Host { get; private set; } = null!;

    /// <summary>Where a test may put a receiver of the client <c>web</c>'s logout tokens.</summary>
    public int ReceiverPort { get; } = ConfiguredProvider.FreePort();

    /// <summary>Ada, who has every claim.</summary>
    public Guid UserId { get; private set; }

    public async Task InitializeAsync()
    {
        Database = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
        UserId = await RelyingParty.CreateUserAsync(Database, "ada@example.com");
        Dictionary<string, string?> settings = new(ProtocolFixture.Settings)
        {
            ["Identity:Clients:web:RefreshTokenReuseEnds"] = "Session",
            ["Identity:Clients:web:BackchannelLogoutUri"] = $"http://127.0.0.1:{ReceiverPort}/backchannel",
            ["Identity:Clients:asking:Scopes:2"] = "phone",
            ["Identity:Logout:FirstPause"] = "00:00:00.2",
            ["Identity:Logout:MaxPause"] = "00:00:01",
        };
        Add(settings, "one", One, ("SubjectType", "pairwise"));
        Add(settings, "two", Two, ("SubjectType", "pairwise"), ("PostLogoutRedirectUris:0", "https://two.example/bye"));
        Add(
            settings,
            "three",
            Three,
            ("SubjectType", "pairwise"),
            ("SectorIdentifierUri", "https://one.example/sector.json")
        );
        Add(
            settings,
            "front",
            Front,
            ("FrontchannelLogoutUri", "https://front.example/out?x=1"),
            ("FrontchannelLogoutSessionRequired", "true"),
            ("PostLogoutRedirectUris:0", "https://front.example/bye")
        );
        Add(
            settings,
            "plain",
            "http://localhost:4999/callback",
            ("FrontchannelLogoutUri", "http://localhost:4999/out"),
            ("FrontchannelLogoutSessionRequired", "false"),
            ("BackchannelLogoutUri", "http://127.0.0.1:1/none")
        );
        Host = await IdentityHost.StartAsync(Database, settings);
    }

    public async Task DisposeAsync()
    {
        await Host.DisposeAsync();
        await Database.DisposeAsync();
    }

    /// <summary>A person of their own, for tests that end what is theirs.</summary>
    public Task<Guid> UserAsync() => RelyingParty.CreateUserAsync(Database, $"{Guid.NewGuid():N}@example.com");

    /// <summary>The password of <see cref="PersonAsync"/>.</summary>
    public const string Password = "Correct-Horse-7-battery";

    // Made once for everybody: hashing is slow on purpose.
    private static readonly Lazy<string> OneHash = new(static () =>
    {
        Assert.True(PlainTextPassword.TryCreate(Password, out var password));
        return TestPasswords.NewHasher().Hash(password).Value;
    });

    /// <summary>A person who signs in through the page, in a browser of their own.</summary>
    public async Task<(PageBrowser Browser, string Email, Guid Id)> PersonAsync()
    {
        var email = $"{Guid.NewGuid():N}@example.com";
        var id = await RelyingParty.CreateUserAsync(Database, email);
        await Database.ExecuteAsync(
            "UPDATE public.users SET password_hash = @hash, password_changed_at = now() WHERE id = @id",
            ("id", id),
            ("hash", OneHash.Value)
        );
        return (new PageBrowser(Host), email, id);
    }

    /// <summary>A client's browser in which a person is signed in; Ada where none is named.</summary>
    public async Task<RelyingParty> SignedInAsync(
        string clientId = "web",
        string redirectUri = TestClients.RedirectUri,
        Guid? user = null
    )
    {
        RelyingParty party = new(Host, clientId, redirectUri);
        await party.SignInAsync(user ?? UserId);
        return party;
    }

    private static void Add(
        Dictionary<string, string?> settings,
        string id,
        string redirectUri,
        params (string Name, string Value)[] more
    )
    {
        string[] scopes = ["openid", "email", "offline_access", "api"];
        settings[$"Identity:Clients:{id}:Profile"] = "Web";
        settings[$"Identity:Clients:{id}:Secret"] = TestClients.Secret;
        settings[$"Identity:Clients:{id}:RedirectUris:0"] = redirectUri;
        settings[$"Identity:Clients:{id}:GrantTypes:0"] = "authorization_code";
        settings[$"Identity:Clients:{id}:GrantTypes:1"] = "refresh_token";
        for (var i = 0; i < scopes.Length; i++)
            settings[$"Identity:Clients:{id}:Scopes:{i}"] = scopes[i];
        foreach (var (name, value) in more)
            settings[$"Identity:Clients:{id}:{name}"] = value;
    }
}
