using System.Net;
using Identity.Core.Audit;
using Identity.Core.Sessions;
using Identity.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Identity.IntegrationTests.Samples;

/// <summary>The provider, and the sample API and web app as the programs that they are.</summary>
public sealed class SamplesFixture : IAsyncLifetime
{
    private TestDatabase _database = null!;
    private SampleProgram _api = null!;
    private SampleProgram _strictApi = null!;
    private SampleProgram _webApp = null!;

    public ConfiguredProvider Provider { get; private set; } = null!;

    public string Issuer => Provider.Issuer.GetLeftPart(UriPartial.Authority);

    /// <summary>Takes bound tokens and bearer tokens; its vault wants two factors.</summary>
    public string Api => _api.Address.GetLeftPart(UriPartial.Authority);

    /// <summary>Takes bound tokens only, with a nonce of its own; its vault wants a sign-in of the last
    /// minute.</summary>
    public string StrictApi => _strictApi.Address.GetLeftPart(UriPartial.Authority);

    public Uri WebApp => _webApp.Address;

    public Guid UserId { get; private set; }

    public string Secret { get; } = ConfiguredProvider.NewSecret();

    public async Task InitializeAsync()
    {
        var (web, api, strict) = (
            SampleProgram.FreeAddress(),
            SampleProgram.FreeAddress(),
            SampleProgram.FreeAddress()
        );
        _database = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
        Provider = await ConfiguredProvider.StartAsync(_database, ConfiguredProvider.WebClient("webapp", Secret, web));
        UserId = (await Provider.AddUserAsync()).Id;
        _api = await SampleProgram.StartAsync(
            "Api",
            api,
            new Dictionary<string, string> { ["Oidc:Authority"] = Issuer }
        );
        _strictApi = await SampleProgram.StartAsync(
            "Api",
            strict,
            new Dictionary<string, string>
            {
                ["Oidc:Authority"] = Issuer,
                ["Api:RequireDpop"] = "true",
                ["Api:DpopNonce"] = "true",
                ["Api:StepUpAcrValues"] = "",
                ["Api:StepUpMaxAge"] = "60",
            }
        );
        _webApp = await SampleProgram.StartAsync(
            "WebApp",
            web,
            new Dictionary<string, string>
            {
                ["Oidc:Authority"] = Issuer,
                ["Oidc:ClientId"] = "webapp",
                ["Oidc:ClientSecret"] = Secret,
                ["Api:BaseUrl"] = api.AbsoluteUri,
            }
        );
    }

    public async Task DisposeAsync()
    {
        foreach (var part in new IAsyncDisposable?[] { _webApp, _strictApi, _api, Provider, _database })
        {
            if (part is not null)
                await part.DisposeAsync();
        }
    }

    /// <summary>The cookie of a session of the person, signed in so.</summary>
    public async Task<string> SessionCookieAsync(params string[] amr)
    {
        var store = Provider.Host.Services.GetRequiredService<SessionStarter>();
        var start = await store.StartAsync(
            new NewSession(
                new(UserId, 1),
                amr,
                AuthenticationContext.Of(amr),
                new RequestContext(IPAddress.Loopback, "test", null)
            ),
            CancellationToken.None
        );
        return $"__Host-identity={((SessionStart.Started)start).Token.Value}";
    }

    /// <summary>The web app's client with the person signed in, for tokens without its pages.</summary>
    public async Task<RelyingParty> SignedInAsync(params string[] amr)
    {
        RelyingParty party = new(Provider.Host, "webapp", new Uri(WebApp, "signin-oidc").AbsoluteUri, Secret);
        await party.SignInAsync(UserId, amr);
        return party;
    }
}
