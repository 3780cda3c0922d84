using System.Net;
using Identity.Core.Audit;
using Identity.Core.Sessions;
using Identity.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Identity.IntegrationTests.Protocol.Grants;

/// <summary>Two instances of one provider with every grant switched on, the clients of these grants, and one
/// person.</summary>
public sealed class ExtensionGrantFixture : IAsyncLifetime
{
    public const string DeviceGrant = "urn:ietf:params:oauth:grant-type:device_code";
    public const string CibaGrant = "urn:openid:params:grant-type:ciba";
    public const string ExchangeGrant = "urn:ietf:params:oauth:grant-type:token-exchange";

    public TestDatabase Database { get; private set; } = null!;
    public IdentityHost Host { get; private set; } = null!;

    /// <summary>The other instance.</summary>
    public IdentityHost Second { get; private set; } = null!;

    /// <summary>Ada, who has every claim.</summary>
    public Guid UserId { get; private set; }

    public async Task InitializeAsync()
    {
        Database = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
        UserId = await RelyingParty.CreateUserAsync(Database, "ada@example.com");
        Host = await IdentityHost.StartAsync(Database, Settings);
        Second = await IdentityHost.StartAsync(
            Database,
            new Dictionary<string, string?>(Settings) { ["Identity:Issuer"] = Host.Issuer }
        );
    }

    public async Task DisposeAsync()
    {
        await Host.DisposeAsync();
        await Second.DisposeAsync();
        await Database.DisposeAsync();
    }

    /// <summary>A browser in which a person is signed in: Ada, unless another is named.</summary>
    public async Task<PageBrowser> PersonAsync(Guid? userId = null, IdentityHost? host = null)
    {
        var browser = new PageBrowser(host ?? Host);
        var start = await Host
            .Services.GetRequiredService<SessionStarter>()
            .StartAsync(
                new NewSession(
                    new(userId ?? UserId, 1),
                    ["pwd"],
                    null,
                    new RequestContext(IPAddress.Loopback, "test", null)
                ),
                CancellationToken.None
            );
        browser.UseSession(Assert.IsType<SessionStart.Started>(start).Token.Value);
        return browser;
    }

    /// <summary>Makes every waiting request look as if nobody had polled for a minute.</summary>
    public Task LetTimePassAsync() =>
        Database.ExecuteAsync(
            "UPDATE idp.grants SET data = jsonb_set(data, '{polled_at}', to_jsonb(extract(epoch FROM now()) - 400)) "
                + "WHERE data ? 'polled_at'"
        );

    public static Dictionary<string, string?> Settings =>
        new(ProtocolFixture.Settings)
        {
            ["Identity:Grants:BackchannelAuthentication"] = "true",
            ["Identity:PersonalTokens:Enabled"] = "true",
            ["Identity:PersonalTokens:Scopes:0:Name"] = "orders",
            ["Identity:PersonalTokens:Scopes:1:Name"] = "api",
            ["Identity:PersonalTokens:Scopes:1:Role"] = "operator",
            ["Identity:PersonalTokens:MaxPerPerson"] = "3",
            ["Identity:Clients:tv:Profile"] = "Native",
            ["Identity:Clients:tv:Name"] = "Television",
            ["Identity:Clients:tv:LogoUri"] = "https://cdn.example/tv.svg",
            ["Identity:Clients:tv:GrantTypes:0"] = DeviceGrant,
            ["Identity:Clients:tv:GrantTypes:1"] = "refresh_token",
            ["Identity:Clients:tv:Scopes:0"] = "openid",
            ["Identity:Clients:tv:Scopes:1"] = "email",
            ["Identity:Clients:tv:Scopes:2"] = "offline_access",
            ["Identity:Clients:tv:Scopes:3"] = "api",
            ["Identity:Clients:box:Profile"] = "Web",
            ["Identity:Clients:box:Secret"] = TestClients.Secret,
            ["Identity:Clients:box:GrantTypes:0"] = DeviceGrant,
            ["Identity:Clients:box:Scopes:0"] = "openid",
            ["Identity:Clients:viewer:Profile"] = "Native",
            ["Identity:Clients:viewer:GrantTypes:0"] = DeviceGrant,
            ["Identity:Clients:viewer:Scopes:0"] = "openid",
            ["Identity:Clients:viewer:Scopes:1"] = "profile",
            ["Identity:Clients:bank:Profile"] = "Web",
            ["Identity:Clients:bank:Name"] = "The Bank",
            ["Identity:Clients:bank:Secret"] = TestClients.Secret,
            ["Identity:Clients:bank:GrantTypes:0"] = CibaGrant,
            ["Identity:Clients:bank:GrantTypes:1"] = "refresh_token",
            ["Identity:Clients:bank:Scopes:0"] = "openid",
            ["Identity:Clients:bank:Scopes:1"] = "email",
            ["Identity:Clients:bank:Scopes:2"] = "offline_access",
            ["Identity:Clients:clinic:Profile"] = "Web",
            ["Identity:Clients:clinic:Secret"] = TestClients.Secret,
            ["Identity:Clients:clinic:SubjectType"] = "pairwise",
            ["Identity:Clients:clinic:RedirectUris:0"] = TestClients.RedirectUri,
            ["Identity:Clients:clinic:GrantTypes:0"] = "authorization_code",
            ["Identity:Clients:clinic:GrantTypes:1"] = CibaGrant,
            ["Identity:Clients:clinic:Scopes:0"] = "openid",
            ["Identity:Clients:clinic:Scopes:1"] = "orders",
            ["Identity:Clients:gateway:Profile"] = "Service",
            ["Identity:Clients:gateway:Secret"] = TestClients.Secret,
            ["Identity:Clients:gateway:GrantTypes:0"] = ExchangeGrant,
            ["Identity:Clients:gateway:GrantTypes:1"] = "client_credentials",
            ["Identity:Clients:gateway:Scopes:0"] = "api",
            ["Identity:Clients:gateway:TokenExchange:SubjectClients:0"] = "web",
            ["Identity:Clients:gateway:TokenExchange:SubjectClients:1"] = "gateway",
            ["Identity:Clients:gateway:TokenExchange:SubjectClients:2"] = "clinic",
            ["Identity:Clients:gateway:TokenExchange:PersonalTokens"] = "true",
            ["Identity:Clients:gateway:TokenExchange:Audiences:0"] = "https://orders.example",
            ["Identity:Clients:gateway:TokenExchange:Audiences:1"] = "https://api.example",
            ["Identity:Clients:gateway:TokenExchange:Scopes:0"] = "api",
            ["Identity:Clients:gateway:TokenExchange:Scopes:1"] = "orders",
            ["Identity:Clients:support:Profile"] = "Service",
            ["Identity:Clients:support:Secret"] = TestClients.Secret,
            ["Identity:Clients:support:GrantTypes:0"] = ExchangeGrant,
            ["Identity:Clients:support:TokenExchange:SubjectClients:0"] = "web",
            ["Identity:Clients:support:TokenExchange:Audiences:0"] = "https://api.example",
            ["Identity:Clients:support:TokenExchange:Scopes:0"] = "api",
            ["Identity:Clients:support:TokenExchange:AllowImpersonation"] = "true",
        };
}
