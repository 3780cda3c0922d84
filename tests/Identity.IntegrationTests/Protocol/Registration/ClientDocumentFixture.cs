using Identity.Testing;

namespace Identity.IntegrationTests.Protocol.Registration;

/// <summary>A provider that takes metadata documents, the server that has them, and a person.</summary>
public sealed class ClientDocumentFixture : IAsyncLifetime
{
    public const string Redirect = "http://127.0.0.1/callback";

    public TestDatabase Database { get; private set; } = null!;
    public IdentityHost Host { get; private set; } = null!;
    internal DocumentServer Documents { get; private set; } = null!;

    public static Dictionary<string, string?> Settings
    {
        get
        {
            Dictionary<string, string?> settings = new(ProtocolFixture.Settings)
            {
                ["Identity:ClientMetadataDocuments:Enabled"] = "true",
                ["Identity:ClientMetadataDocuments:AllowedHosts:0"] = "127.0.0.1",
                ["Identity:Scopes:root:Resources:0"] = "https://root.example",
                ["Identity:Proxies:Addresses:0"] = "127.0.0.1",
            };
            string[] scopes = ["openid", "email", "offline_access", "api", "root"];
            foreach (var (index, scope) in scopes.Index())
                settings[$"Identity:ClientMetadataDocuments:AllowedScopes:{index}"] = scope;
            return settings;
        }
    }

    public async Task InitializeAsync()
    {
        Documents = await DocumentServer.StartAsync();
        Database = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
        Host = await IdentityHost.StartAsync(Database, Settings);
    }

    public async Task DisposeAsync()
    {
        await Host.DisposeAsync();
        await Database.DisposeAsync();
        await Documents.DisposeAsync();
    }

    /// <summary>Serves a document of a public app on the person's device.</summary>
    internal string Serve(string name, string? members = null) =>
        Documents.Serve(
            name,
            members
                ?? $$"""
                "client_name":"Research agent","redirect_uris":["{{Redirect}}"],
                "grant_types":["authorization_code","refresh_token"],"token_endpoint_auth_method":"none"
                """
        );

    /// <summary>The app's browser, in which a person of its own is signed in.</summary>
    internal async Task<RelyingParty> SignedInAsync(string clientId, string redirectUri = Redirect)
    {
        RelyingParty party = new(Host, clientId, redirectUri);
        await party.SignInAsync(await RelyingParty.CreateUserAsync(Database, $"{Guid.NewGuid():N}@example.com"));
        return party;
    }

    /// <summary>The session of the person at the app's browser.</summary>
    internal static string SessionOf(RelyingParty party) =>
        party.Browser.DefaultRequestHeaders.GetValues("Cookie").Single().Split('=', 2)[1];

    /// <summary>Opens a request up to the consent page.</summary>
    internal static async Task<string> AskAsync(
        RelyingParty party,
        string scope = "openid",
        params (string Name, string? Value)[] parameters
    )
    {
        using var response = await party.Browser.GetAsync(party.AuthorizeUrl(scope, parameters));
        return response.Headers.Location?.OriginalString ?? $"{response.StatusCode}";
    }

    /// <summary>Opens a request, allows it, and returns the code.</summary>
    internal async Task<string> AllowAsync(
        RelyingParty party,
        string scope = "openid",
        params (string Name, string? Value)[] parameters
    )
    {
        using PageBrowser browser = new(Host);
        browser.UseSession(SessionOf(party));
        var page = await browser.GetAsync(await AskAsync(party, scope, parameters));
        var allowed = await browser.SubmitAsync(page, [("decision", "allow")]);
        using var answer = await party.Browser.GetAsync(allowed.Location);
        return party.AnswerOf(answer)["code"];
    }
}
