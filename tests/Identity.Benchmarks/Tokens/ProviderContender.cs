using System.Net;
using Identity.Core.Audit;
using Identity.Core.Sessions;
using Identity.Server.Browser;
using Identity.Server.Hosting;
using Identity.Server.Protocol;
using Identity.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Identity.Benchmarks.Tokens;

/// <summary>This provider as it is composed for production, its whole pipeline included; only logging is off, as for
/// every contender.</summary>
internal sealed class ProviderContender : Contender
{
    private readonly string _cookie;
    private readonly WebApplication _app;

    private ProviderContender(string name, WebApplication app, string cookie, Guid user)
        : base(name, app.GetTestServer())
    {
        _app = app;
        _cookie = cookie;
        Subject = user.ToString("D");
    }

    protected override string Subject { get; }

    /// <param name="batches">Whether refreshes of one moment share a statement.</param>
    public static async Task<ProviderContender> StartAsync(
        TestDatabase database,
        SigningAlgorithm algorithm,
        bool batches = true
    )
    {
        var app = await BuildAsync(database, algorithm, batches);
        await app.StartAsync();
        var cookie = BrowserSession.CookieName + "=" + await SignInAsync(app.Services, database);
        return new(
            batches ? "this provider" : "this provider, each refresh alone",
            app,
            cookie,
            await database.ScalarAsync<Guid>("SELECT id FROM users")
        );
    }

    /// <summary>The composed provider with one client, not started.</summary>
    internal static Task<WebApplication> BuildAsync(
        TestDatabase database,
        SigningAlgorithm algorithm,
        bool batches = true
    )
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseTestServer();
        builder.Configuration.AddInMemoryCollection(
            new Dictionary<string, string?>
            {
                ["ConnectionStrings:Identity"] = database.ConnectionString,
                ["Identity:Issuer"] = "http://localhost",
                ["Identity:AllowInsecureIssuer"] = "true",
                ["Identity:Keys:MasterKey"] = Convert.ToBase64String(new byte[32]),
                ["Identity:Keys:AccessTokenAlgorithm"] = algorithm.Name,
                ["Identity:Maintenance:Enabled"] = "false",
                ["Identity:Grants:BatchRefreshes"] = batches ? "true" : "false",
                ["Identity:Scopes:api:DisplayName"] = "The API",
                [$"Identity:Clients:{BenchmarkClient.Id}:Profile"] = "Web",
                [$"Identity:Clients:{BenchmarkClient.Id}:Secret"] = BenchmarkClient.Secret,
                [$"Identity:Clients:{BenchmarkClient.Id}:RedirectUris:0"] = BenchmarkClient.RedirectUri,
                [$"Identity:Clients:{BenchmarkClient.Id}:IdTokenSignedResponseAlg"] = algorithm.Name,
                [$"Identity:Clients:{BenchmarkClient.Id}:GrantTypes:0"] = "authorization_code",
                [$"Identity:Clients:{BenchmarkClient.Id}:GrantTypes:1"] = "refresh_token",
                [$"Identity:Clients:{BenchmarkClient.Id}:GrantTypes:2"] = "client_credentials",
                [$"Identity:Clients:{BenchmarkClient.Id}:Scopes:0"] = "openid",
                [$"Identity:Clients:{BenchmarkClient.Id}:Scopes:1"] = "offline_access",
                [$"Identity:Clients:{BenchmarkClient.Id}:Scopes:2"] = "api",
            }
        );
        OpenIddictEngine engine = new();
        builder.AddIdentity(database.ConnectionString, engine);
        builder.Services.AddSingleton<ILoggerFactory>(
            Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance
        );
        var app = builder.Build();
        app.UseIdentity(engine);
        return Task.FromResult(app);
    }

    /// <summary>A person with a session; returns the token of the cookie.</summary>
    internal static async Task<string> SignInAsync(IServiceProvider services, TestDatabase database)
    {
        var user = await database.ScalarAsync<Guid>(
            "INSERT INTO users (email, email_verified) VALUES ('bench@example.com', true) RETURNING id"
        );
        var start = await services
            .GetRequiredService<SessionStarter>()
            .StartAsync(
                new(new(user, 1), ["pwd"], null, new RequestContext(IPAddress.Loopback, "benchmark", null)),
                CancellationToken.None
            );
        return ((SessionStart.Started)start).Token.Value;
    }

    public override async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await base.DisposeAsync();
        await _app.DisposeAsync();
    }

    protected override void Prepare(HttpRequest request) => request.Headers.Cookie = _cookie;
}
