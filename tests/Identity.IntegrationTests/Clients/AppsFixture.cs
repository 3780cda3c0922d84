using System.Collections.Frozen;
using Identity.Core.Administration;
using Identity.Core.Audit;
using Identity.Core.Clients;
using Identity.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;

namespace Identity.IntegrationTests.Clients;

/// <summary>Administration of apps and scopes by one instance over a real database.</summary>
internal sealed class AppsFixture : IDisposable
{
    public static readonly RequestContext From = new(null, "test", null);

    private AppsFixture(TestDatabase database, ClientRegistry registry)
    {
        AdminAuditLog audit = new(new AuditLog(database.Database));
        Registry = registry;
        Clients = new(database.Database, registry, audit, TimeProvider.System);
        Scopes = new(database.Database, registry, audit);
    }

    public ClientRegistry Registry { get; }

    public ClientAdministration Clients { get; }

    public ScopeAdministration Scopes { get; }

    /// <summary>An instance that has loaded what is configured and stored.</summary>
    public static async Task<AppsFixture> CreateAsync(
        TestDatabase database,
        params (string Key, string? Value)[] settings
    )
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(
                settings.Select(static setting => new KeyValuePair<string, string?>(setting.Key, setting.Value))
            )
            .Build();
        ClientRegistry registry = new(configuration, database.Database, NullLogger<ClientRegistry>.Instance);
        await registry.LoadAsync(strict: true, default);
        return new(database, registry);
    }

    /// <summary>A person who may do all, or what is named, and proved who they are just now.</summary>
    public static Operator Person(params AdminPermission[] permissions) =>
        new(
            OperatorKind.Person,
            Guid.NewGuid().ToString(),
            (permissions.Length == 0 ? AdminPermission.All : permissions).ToFrozenSet()
        )
        {
            ProvedAt = DateTimeOffset.UnixEpoch,
            ReadAt = DateTimeOffset.UnixEpoch.AddMinutes(4),
        };

    /// <summary>The same person an hour later.</summary>
    public static Operator WithoutFreshProof(Operator person) =>
        person with
        {
            ReadAt = DateTimeOffset.UnixEpoch.AddHours(1),
        };

    /// <summary>A web app that can be written.</summary>
    public static ClientDefinition WebApp(params string[] scopes) =>
        new() { RedirectUris = ["https://app.example/cb"], Scopes = scopes.Length == 0 ? null : scopes };

    /// <summary>Makes an app, and gives its secret.</summary>
    public async Task<string> AddAsync(string clientId, ClientDefinition? definition = null)
    {
        var outcome = await Clients.CreateAsync(Person(), clientId, definition ?? WebApp(), From, default);
        return Assert.IsType<AdminOutcome<WrittenClient>.Done>(outcome).Value.Secret!;
    }

    /// <summary>Reads an app with everything that is known of it.</summary>
    public async Task<ClientDetail> ReadAsync(string clientId) =>
        Assert.IsType<AdminOutcome<ClientDetail>.Done>(await Clients.ReadAsync(Person(), clientId, default)).Value;

    public static AdminOutcome ReasonOf<T>(AdminOutcome<T> outcome) =>
        Assert.IsType<AdminOutcome<T>.Failed>(outcome).Reason;

    public void Dispose() => Registry.Dispose();
}
