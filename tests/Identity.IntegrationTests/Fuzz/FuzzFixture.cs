using System.Reflection;
using Identity.Core.Passwords;
using Identity.IntegrationTests.Protocol;
using Identity.Server.Pages.External;
using Identity.Testing;
using Microsoft.AspNetCore.Authentication.OAuth;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using OpenIddict.Server;

namespace Identity.IntegrationTests.Fuzz;

/// <summary>A provider on which everything is on that takes a request, and what it takes them at.</summary>
public sealed class FuzzFixture : IAsyncLifetime
{
    public const string Keyed = "keyed";

    // What a refusal may write: that it happened, and how often.
    private static readonly string[] MayGrow =
    [
        "public.audit_logs",
        "idp.throttle_counters",
        "idp.replay_guard",
        "idp.denials",
        "idp.audit_seals",
    ];

    private string _counting = "";

    public TestDatabase Database { get; private set; } = null!;
    public IdentityHost Host { get; private set; } = null!;
    public ClientKeyPair Key { get; } = new("k1");
    public PageBrowser Person { get; private set; } = null!;
    public PageBrowser Stranger { get; private set; } = null!;

    /// <summary>Antiforgery tokens of the two browsers, so that what a form says is read.</summary>
    public (string Person, string Stranger) FormTokens { get; private set; }

    /// <summary>A token of every kind that is issued, for requests that carry one.</summary>
    public IReadOnlyList<string> Tokens { get; private set; } = [];

    /// <summary>Every path that this host answers, in order.</summary>
    public IReadOnlyList<string> Paths { get; private set; } = [];

    public async Task InitializeAsync()
    {
        Database = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
        var user = await RelyingParty.CreateUserAsync(Database, "ada@example.com");
        Dictionary<string, string?> settings = new(ProtocolFixture.Settings)
        {
            ["Identity:ClientRegistration:Enabled"] = "true",
            ["Identity:ClientRegistration:Open"] = "true",
            ["Identity:Grants:DeviceAuthorization"] = "true",
            ["Identity:Grants:BackchannelAuthentication"] = "true",
            ["Identity:Grants:TokenExchange"] = "true",
            // Nobody is there: what comes back is judged before anybody is asked.
            ["Identity:ExternalProviders:work:Authority"] = $"http://localhost:{ConfiguredProvider.FreePort()}/",
            ["Identity:ExternalProviders:work:ClientId"] = "here",
            ["Identity:ExternalProviders:work:DisplayName"] = "The Office",
            ["Identity:ExternalProviders:github:Type"] = "GitHub",
            ["Identity:ExternalProviders:github:ClientId"] = "here",
            ["Identity:ExternalProviders:github:ClientSecret"] = "nobody-calls-with-it",
            [$"Identity:Clients:{Keyed}:TokenEndpointAuthMethod"] = "private_key_jwt",
            [$"Identity:Clients:{Keyed}:Jwks"] = Key.Jwks,
            [$"Identity:Clients:{Keyed}:RedirectUris:0"] = TestClients.RedirectUri,
            [$"Identity:Clients:{Keyed}:Scopes:0"] = "openid",
            [$"Identity:Clients:{Keyed}:Scopes:1"] = "offline_access",
            [$"Identity:Clients:{Keyed}:GrantTypes:0"] = "authorization_code",
            [$"Identity:Clients:{Keyed}:GrantTypes:1"] = "refresh_token",
        };
        Host = await IdentityHost.StartAsync(Database, settings);
        Stranger = new(Host);
        Person = new(Host);
        using RelyingParty party = new(Host);
        await party.SignInAsync(user);
        var answer = await party.GetTokensAsync("openid offline_access");
        Tokens = [answer.AccessToken!, answer.IdToken!, answer.RefreshToken!];
        await RefreshBrowsersAsync();
        Paths = [.. PathsOf(Host.Services).Distinct().Order(StringComparer.Ordinal)];
        _counting = (
            await Database.ScalarAsync<string>(
                """
                SELECT string_agg(format('SELECT %L, count(*) FROM %I.%I', schemaname || '.' || tablename, schemaname,
                    tablename), ' UNION ALL ')
                FROM pg_tables WHERE schemaname IN ('public', 'idp') AND tablename !~ '^audit_logs'
                    AND tablename <> 'denials'
                """
            )
        )!;
    }

    public async Task DisposeAsync()
    {
        Stranger.Dispose();
        Person.Dispose();
        await Host.DisposeAsync();
        await Database.DisposeAsync();
        Key.Dispose();
    }

    /// <summary>Signs the person in, where a request before has signed them out, or removed them.</summary>
    public async Task RefreshBrowsersAsync()
    {
        if ((await Person.GetAsync("/account")).Status != System.Net.HttpStatusCode.OK)
        {
            Assert.True(PlainTextPassword.TryCreate(OidcFixture.Password, out var password));
            var email = $"{Guid.NewGuid():N}@example.com";
            var id = await RelyingParty.CreateUserAsync(Database, email);
            await Database.ExecuteAsync(
                "UPDATE public.users SET password_hash = @hash, password_changed_at = now() WHERE id = @id",
                ("id", id),
                ("hash", Host.Services.GetRequiredService<PasswordHasher>().Hash(password).Value)
            );
            await Person.SignInAsync(email, OidcFixture.Password);
        }
        FormTokens = (TokenOf(await Person.GetAsync("/account/profile")), TokenOf(await Stranger.GetAsync("/sign-in")));
    }

    private static string TokenOf(VisitedPage page) =>
        page.Forms.SelectMany(static form => form.Fields)
            .FirstOrDefault(static field => field.Name == "__RequestVerificationToken")
            .Value
        ?? "";

    /// <summary>How many rows each table has, but for those that tell of refusals.</summary>
    public async Task<Dictionary<string, long>> RowsAsync()
    {
        Dictionary<string, long> rows = new(StringComparer.Ordinal);
        await using var command = Database.Owner.CreateCommand(_counting);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            if (!MayGrow.Contains(reader.GetString(0)))
                rows[reader.GetString(0)] = reader.GetInt64(1);
        }
        return rows;
    }

    // The host's own lists, so that a new page or endpoint is taken in by itself.
    private static IEnumerable<string> PathsOf(IServiceProvider services)
    {
        foreach (var endpoint in services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>())
            yield return "/" + Filled(endpoint.RoutePattern.RawText ?? "");
        var engine = services.GetRequiredService<IOptionsMonitor<OpenIddictServerOptions>>().CurrentValue;
        var lists = typeof(OpenIddictServerOptions)
            .GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(static property => property.PropertyType == typeof(List<Uri>));
        foreach (var uri in lists.SelectMany(list => (List<Uri>)list.GetValue(engine)!))
            yield return "/" + uri.OriginalString.TrimStart('/');
        // The provider that InitializeAsync configures: where its answers come back to, and how it ends sessions.
        var options = services
            .GetRequiredService<IOptionsMonitor<OpenIdConnectOptions>>()
            .Get(ExternalPages.SchemeOf("work"));
        foreach (
            var path in (PathString[])[options.CallbackPath, options.SignedOutCallbackPath, options.RemoteSignOutPath]
        )
            yield return path;
        // The handler of OAuth 2.0 without ID tokens.
        yield return services
            .GetRequiredService<IOptionsMonitor<OAuthOptions>>()
            .Get(ExternalPages.SchemeOf("github"))
            .CallbackPath;
    }

    private static string Filled(string pattern) =>
        System.Text.RegularExpressions.Regex.Replace(pattern.TrimStart('/'), "\\{[^}]*\\}", "x");
}
