using Identity.Core.Administration;
using Identity.Core.Audit;
using Identity.Core.Data;
using Identity.Core.Passwords;
using Identity.Core.Primitives;
using Identity.Core.Users;
using Identity.Testing;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;

namespace Identity.IntegrationTests.Pages;

/// <summary>One host over one database for the tests of a class, and people to sign in as.</summary>
public sealed class PagesFixture : IAsyncLifetime
{
    /// <summary>The client of the fixture, which has to ask for consent.</summary>
    public const string ClientId = "shop";
    public const string RedirectUri = "https://shop.example/signed-in";

    /// <summary>The request by which that client sends a person here.</summary>
    public static string AuthorizeUrl { get; } =
        QueryHelpers.AddQueryString(
            "/connect/authorize",
            new Dictionary<string, string?>
            {
                ["client_id"] = ClientId,
                ["redirect_uri"] = RedirectUri,
                ["response_type"] = "code",
                ["scope"] = "openid email offline_access",
                ["state"] = "s",
                ["nonce"] = "n",
                ["code_challenge"] = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
                ["code_challenge_method"] = "S256",
            }
        );

    private static readonly Dictionary<string, string?> Client = new()
    {
        ["Identity:Clients:shop:Profile"] = "Spa",
        ["Identity:Clients:shop:Name"] = "The Shop <b>",
        ["Identity:Clients:shop:RedirectUris:0"] = RedirectUri,
        ["Identity:Clients:shop:PostLogoutRedirectUris:0"] = "https://shop.example/bye",
        ["Identity:Clients:shop:LogoUri"] = "https://cdn.example/shop.svg",
        ["Identity:Clients:shop:RequireConsent"] = "true",
        ["Identity:Clients:shop:GrantTypes:0"] = "authorization_code",
        ["Identity:Clients:shop:GrantTypes:1"] = "refresh_token",
        ["Identity:Clients:shop:Scopes:0"] = "openid",
        ["Identity:Clients:shop:Scopes:1"] = "email",
        ["Identity:Clients:shop:Scopes:2"] = "offline_access",
        ["Identity:Grants:BackchannelAuthentication"] = "true",
    };

    public const string Password = "Correct-Horse-7-battery";

    // Made once for everybody: hashing is slow on purpose.
    private static readonly Lazy<PasswordHash> OneHash = new(static () =>
    {
        Assert.True(PlainTextPassword.TryCreate(Password, out var password));
        return TestPasswords.NewHasher().Hash(password);
    });

    private TestDatabase? _database;
    private IdentityHost? _host;

    public TestDatabase Database => _database!;

    public IdentityHost Host => _host!;

    public PasswordHasher Hasher => Service<PasswordHasher>();

    /// <summary>What the program composed.</summary>
    public T Service<T>()
        where T : notnull => Host.Services.GetRequiredService<T>();

    /// <summary>One person who is signed in all the time, for tests that only look.</summary>
    public Task<PageBrowser> Onlooker => _onlooker.Value;

    private readonly Lazy<Task<PageBrowser>> _onlooker;

    private readonly Dictionary<string, string?> _settings;
    private readonly Action<IServiceCollection>? _replace;

    public PagesFixture()
        : this([]) { }

    /// <summary>With settings of its own beside those of the client.</summary>
    internal PagesFixture(Dictionary<string, string?> settings, Action<IServiceCollection>? replace = null)
    {
        _replace = replace;
        _onlooker = new(OnlookAsync);
        _settings = new(Client.Concat(settings));
    }

    /// <summary>Who that is; they hold every administrative permission.</summary>
    public Guid OnlookerId { get; private set; }

    public async Task InitializeAsync()
    {
        _database = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
        _host = await IdentityHost.StartAsync(_database, _settings, _replace);
    }

    public async Task DisposeAsync()
    {
        await Host.DisposeAsync();
        await Database.DisposeAsync();
    }

    /// <summary>An account with <see cref="Password"/>, whose address was proved unless it is said otherwise.</summary>
    public async Task<UserAccount> UserAsync(string? name = null, bool verified = true)
    {
        var email = EmailAddress.Parse($"person-{Guid.NewGuid():N}@example.org");
        var hash = OneHash.Value;
        return (
            await Service<Database>()
                .InTransactionAsync(
                    (transaction, cancel) =>
                        Service<UserStore>()
                            .CreateAsync(
                                transaction,
                                new(email, hash, name, IsVerified: verified),
                                new RequestContext(null, null, null),
                                cancel
                            ),
                    default
                )
        )!;
    }

    private async Task<PageBrowser> OnlookAsync()
    {
        var user = await UserAsync("Ada");
        OnlookerId = user.Id;
        await GrantAsync(user, AdminRole.Admin);
        return await SignedInAsync(user, "Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0.0.0");
    }

    /// <summary>Gives a person a role of everywhere.</summary>
    public async Task GrantAsync(UserAccount user, string role)
    {
        var rows = await Database.ExecuteAsync(
            "INSERT INTO idp.user_roles (user_id, role_id) SELECT @user, id FROM idp.roles WHERE name = @role",
            ("user", user.Id),
            ("role", role)
        );
        Assert.Equal(1, rows);
    }

    /// <summary>A browser in which that person is signed in.</summary>
    public async Task<PageBrowser> SignedInAsync(UserAccount user, string? userAgent = null)
    {
        var browser = new PageBrowser(Host);
        if (userAgent is not null)
            browser.Client.DefaultRequestHeaders.UserAgent.ParseAdd(userAgent);
        var answer = await browser.SignInAsync(user.Email, Password);
        Assert.Equal(System.Net.HttpStatusCode.SeeOther, answer.Status);
        return browser;
    }
}
