using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Identity.Core.Audit;
using Identity.Core.Data;
using Identity.Core.Passwords;
using Identity.Core.Primitives;
using Identity.Core.Users;
using Microsoft.Extensions.DependencyInjection;

namespace Identity.Testing;

/// <summary>
/// The real program with what a journey needs: an issuer that is its own address, the scope <c>api</c>, one person, and
/// the clients that the caller asks for.
/// </summary>
public sealed class ConfiguredProvider : IAsyncDisposable
{
    // One for all that this process starts: providers of one test class stand on one database, and its keys must open
    // for each.
    private static readonly string MasterKey = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    /// <summary>The password of every person made here.</summary>
    public const string Password = "Plum-Tree-42-on-the-hill";

    private ConfiguredProvider(IdentityHost host, TestDatabase database, Uri issuer)
    {
        Host = host;
        Database = database;
        Issuer = issuer;
    }

    /// <summary>The running program.</summary>
    public IdentityHost Host { get; }

    /// <summary>What stands behind it.</summary>
    public TestDatabase Database { get; }

    /// <summary>The issuer. Its text ends in a slash, as in every token.</summary>
    public Uri Issuer { get; }

    /// <summary>Starts the program over a database. <paramref name="settings"/> are configuration keys.</summary>
    public static async Task<ConfiguredProvider> StartAsync(
        TestDatabase database,
        IReadOnlyDictionary<string, string?>? settings = null,
        Action<IServiceCollection>? replace = null
    )
    {
        var port = FreePort();
        var issuer = new Uri($"http://localhost:{port}/");
        Dictionary<string, string?> all = new()
        {
            ["urls"] = $"http://127.0.0.1:{port}",
            ["Identity:Issuer"] = issuer.AbsoluteUri,
            ["Identity:Keys:MasterKey"] = MasterKey,
            ["Identity:Scopes:api:DisplayName"] = "Read the greeting",
            ["Identity:Scopes:api:Resources:0"] = "api",
            // So that their pages are looked at with the others.
            ["Identity:Grants:BackchannelAuthentication"] = "true",
            ["Identity:PersonalTokens:Enabled"] = "true",
            ["Identity:PersonalTokens:Scopes:0:Name"] = "api",
        };
        foreach (var (key, value) in settings ?? new Dictionary<string, string?>())
            all[key] = value;
        return new ConfiguredProvider(await IdentityHost.StartAsync(database, all, replace), database, issuer);
    }

    /// <summary>The settings of a confidential web application: code, refresh, all scopes that the samples
    /// use.</summary>
    public static Dictionary<string, string?> WebClient(
        string id,
        string secret,
        Uri address,
        string callback = "signin-oidc",
        string afterSignOut = "signout-callback-oidc"
    )
    {
        Dictionary<string, string?> settings = new()
        {
            [$"Identity:Clients:{id}:Name"] = "Sample web app",
            [$"Identity:Clients:{id}:Secret"] = secret,
            [$"Identity:Clients:{id}:RedirectUris:0"] = new Uri(address, callback).AbsoluteUri,
            [$"Identity:Clients:{id}:PostLogoutRedirectUris:0"] = new Uri(address, afterSignOut).AbsoluteUri,
            [$"Identity:Clients:{id}:Resources:0"] = "api",
        };
        foreach (
            var (list, values) in new[]
            {
                ("GrantTypes", "authorization_code refresh_token client_credentials"),
                ("Scopes", "openid profile email offline_access api"),
            }
        )
        {
            foreach (var (value, index) in values.Split(' ').Select((value, index) => (value, index)))
                settings[$"Identity:Clients:{id}:{list}:{index.ToString(CultureInfo.InvariantCulture)}"] = value;
        }

        return settings;
    }

    /// <summary>A secret as the product makes them.</summary>
    public static string NewSecret() => OpaqueToken.Create().Value;

    /// <summary>A person with a verified address and <see cref="Password"/>.</summary>
    public async Task<UserAccount> AddUserAsync(string? email = null, string name = "Ada Plum")
    {
        var address = EmailAddress.Parse(email ?? $"{Guid.NewGuid():N}@example.org");
        if (!PlainTextPassword.TryCreate(Password, out var password))
            throw new InvalidOperationException("The password of tests is none.");
        var hash = Host.Services.GetRequiredService<PasswordHasher>().Hash(password);
        var users = Host.Services.GetRequiredService<UserStore>();
        var user = await Host
            .Services.GetRequiredService<Database>()
            .InTransactionAsync(
                (transaction, cancel) =>
                    users.CreateAsync(
                        transaction,
                        new(address, hash, name, IsVerified: true),
                        new RequestContext(IPAddress.Loopback, null, null),
                        cancel
                    ),
                CancellationToken.None
            );
        return user!;
    }

    /// <summary>The same with an administrative role.</summary>
    public async Task<UserAccount> AddOperatorAsync(string role, string? email = null)
    {
        var user = await AddUserAsync(email);
        await GrantAsync(user.Id, role);
        return user;
    }

    /// <summary>Gives a person a role of everywhere.</summary>
    public Task<int> GrantAsync(Guid userId, string role) =>
        Database.ExecuteAsync(
            "INSERT INTO idp.user_roles (user_id, role_id) SELECT @user, id FROM idp.roles WHERE name = @role",
            ("user", userId),
            ("role", role)
        );

    /// <summary>A port that nobody listens on just now.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => Host.DisposeAsync();
}
