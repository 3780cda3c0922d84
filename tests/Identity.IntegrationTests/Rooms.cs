using System.Net;
using System.Text.RegularExpressions;
using Identity.Core.Administration;
using Identity.Core.Attributes;
using Identity.Core.Audit;
using Identity.Core.Clients;
using Identity.Core.Credentials;
using Identity.Core.Data;
using Identity.Core.Detection;
using Identity.Core.External;
using Identity.Core.Grants;
using Identity.Core.Import;
using Identity.Core.Keys;
using Identity.Core.Languages;
using Identity.Core.Mail;
using Identity.Core.Maintenance;
using Identity.Core.Monitoring;
using Identity.Core.Passkeys;
using Identity.Core.Passwords;
using Identity.Core.People;
using Identity.Core.PersonalTokens;
using Identity.Core.Places;
using Identity.Core.Primitives;
using Identity.Core.Privacy;
using Identity.Core.Recovery;
using Identity.Core.Risk;
using Identity.Core.Roles;
using Identity.Core.Sessions;
using Identity.Core.SignUp;
using Identity.Core.TwoFactor;
using Identity.Core.Users;
using Identity.Core.Webhooks;
using Identity.Server.Hosting;
using Identity.Server.Protocol.Requests.Outbound;
using Identity.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Hosting;

namespace Identity.IntegrationTests;

/// <summary>The rooms of one instance as the program composes them, without the host: two over one database are two
/// instances.</summary>
internal sealed partial class Rooms : IAsyncDisposable
{
    public const string Password = "Correct-Horse-7-battery";
    public static readonly RequestContext Stranger = new(
        IPAddress.Parse("192.0.2.9"),
        "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        null
    );

    private readonly ServiceProvider _services;

    public TestClock Clock { get; } = new();

    public Rooms(TestDatabase database, params (string Key, string Value)[] settings)
    {
        Dictionary<string, string?> values = new()
        {
            ["Identity:Keys:MasterKey"] = Convert.ToBase64String([
                .. Enumerable.Range(0, 32).Select(static n => (byte)n),
            ]),
            ["Identity:Issuer"] = "https://id.example.org",
        };
        foreach (var (key, value) in settings)
            values[key] = value;
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(values).Build();
        var services = new ServiceCollection().AddLogging().AddSingleton<IConfiguration>(configuration);
        services
            .AddSingleton<IHostEnvironment>(
                new TestEnvironment(values.GetValueOrDefault("environment") ?? "Development")
            )
            .AddSingleton<TimeProvider>(Clock);
        services
            .AddData(database.ConnectionString)
            .AddAudit(configuration)
            .AddKeys(configuration)
            .AddLanguages(configuration)
            .AddPlaces(configuration)
            .AddMail(configuration)
            .AddPasswords(configuration)
            .AddSessions(configuration)
            .AddGrants(configuration)
            .AddRisk(configuration)
            .AddUsers()
            .AddTwoFactor()
            .AddPasskeys(configuration)
            .AddExternalLogins()
            .AddAdministration(configuration)
            .AddRoles()
            .AddAttributes()
            .AddRecovery(configuration)
            .AddSignUp(configuration)
            .AddPrivacy()
            .AddClients(configuration)
            .AddImport()
            .AddPersonalTokens(configuration)
            .AddDetection(configuration)
            .AddMonitoring(configuration)
            .AddPeople()
            .AddSingleton<OutboundAddresses>()
            .AddSingleton<IWebhookSender, WebhookSender>()
            .AddWebhooks(configuration)
            .AddSingleton<AuditPartitions>();
        if (!values.ContainsKey(TestPasswords.CostKey))
            services.AddQuickPasswords();
        _services = services.BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true });
    }

    public T Get<T>()
        where T : notnull => _services.GetRequiredService<T>();

    public IEnumerable<T> All<T>() => _services.GetServices<T>();

    public IServiceProvider Services => _services;

    public Database Db => Get<Database>();

    public IEnumerable<IHostedService> HostedServices => _services.GetServices<IHostedService>();

    public static PlainTextPassword Typed(string text) =>
        PlainTextPassword.TryCreate(text, out var password) ? password : throw new ArgumentException(text);

    /// <summary>An account with <see cref="Password"/>, verified unless it is said otherwise.</summary>
    public async Task<UserAccount> UserAsync(bool verified = true, string? email = null)
    {
        var address = EmailAddress.Parse(email ?? $"{Guid.NewGuid():N}@example.org");
        return (
            await Db.InTransactionAsync(
                (transaction, cancel) =>
                    Get<UserStore>()
                        .CreateAsync(
                            transaction,
                            new(address, Get<PasswordHasher>().Hash(Typed(Password)), "Ada", IsVerified: verified),
                            Stranger,
                            cancel
                        ),
                default
            )
        )!;
    }

    public async Task<SessionStart.Started> SignInAsync(UserAccount user, RequestContext? request = null) =>
        Assert.IsType<SessionStart.Started>(
            await Get<SessionStarter>()
                .StartAsync(new(await ProofAsync(user), ["pwd"], null, request ?? Stranger), default)
        );

    /// <summary>That a credential of this person was judged good just now.</summary>
    public async Task<CredentialProof> ProofAsync(UserAccount user) =>
        (await Get<UserStore>().FindAsync(user.Id, default))!.Credential;

    public Task<PasswordAuthenticationResult> TryPasswordAsync(string email, string password) =>
        Get<PasswordAuthenticator>().AuthenticateAsync(email, Typed(password), Stranger, default);

    /// <summary>The mails to an address, oldest first.</summary>
    public async Task<IReadOnlyList<MailboxEntry>> MailsToAsync(string email) =>
        [
            .. (await Get<MailboxReader>().ListAsync(200, default))
                .Where(mail => string.Equals(mail.Content.To, email, StringComparison.OrdinalIgnoreCase))
                .Reverse(),
        ];

    /// <summary>The token in the newest mail of a kind to an address.</summary>
    public async Task<OpaqueToken> TokenAsync(string email, string kind)
    {
        var mail = (await MailsToAsync(email)).Last(mail => mail.Kind == kind);
        Assert.True(OpaqueToken.TryParse(LinkToken().Match(mail.Content.Text).Groups[1].Value, out var token));
        return token;
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    /// <summary>The real clock, moved.</summary>
    public sealed class TestClock : TimeProvider
    {
        public TimeSpan Offset { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Offset;
    }

    [GeneratedRegex(@"\?token=([\w-]{43})\s")]
    private static partial Regex LinkToken();

    private sealed class TestEnvironment(string name) : IHostEnvironment
    {
        public string EnvironmentName { get; set; } = name;
        public string ApplicationName { get; set; } = "tests";
        public string ContentRootPath { get; set; } = AppContext.BaseDirectory;
        public IFileProvider ContentRootFileProvider { get; set; } = new NullFileProvider();
    }
}
