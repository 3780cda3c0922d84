using Identity.Testing;

namespace Identity.IntegrationTests.Protocol;

/// <summary>One provider with the test clients and one person, for the tests of a class.</summary>
public sealed class ProtocolFixture : IAsyncLifetime
{
    public TestDatabase Database { get; private set; } = null!;
    public IdentityHost Host { get; private set; } = null!;

    /// <summary>Ada, who has every claim.</summary>
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

    /// <summary>A client's browser in which Ada is signed in.</summary>
    public async Task<RelyingParty> SignedInAsync(string clientId = "web", string redirectUri = TestClients.RedirectUri)
    {
        RelyingParty party = new(Host, clientId, redirectUri);
        await party.SignInAsync(UserId);
        return party;
    }

    /// <summary>The test clients, and room for more sessions than a person usually has.</summary>
    public static Dictionary<string, string?> Settings =>
        new(TestClients.Settings) { ["Identity:Sessions:MaxPerUser"] = "1000" };
}
