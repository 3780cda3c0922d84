using System.Text.Json;
using Identity.Core.Data;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Identity.Core.Clients;

/// <summary>
/// The clients and scopes in memory: those of the configuration and those of the database, the configuration winning. A
/// request costs no SQL. Made anew when either changes; where the new state is faulty, the old one stays and the faults
/// are logged.
/// </summary>
public sealed class ClientRegistry(IConfiguration configuration, Database database, ILogger<ClientRegistry> logger)
    : IDisposable
{
    private readonly SemaphoreSlim _loading = new(1, 1);
    private ClientCatalog _catalog = ClientCatalog.Empty;

    /// <summary>The state of this moment.</summary>
    public ClientCatalog Catalog => Volatile.Read(ref _catalog);

    public IEnumerable<Client> Clients => Catalog.Clients.Values;

    public Client? Find(string? clientId) =>
        clientId is not null && Catalog.Clients.TryGetValue(clientId, out var client) ? client : null;

    /// <summary>Checks the configuration alone, for start-up and the doctor command: every fault, each by its
    /// key.</summary>
    public static IReadOnlyList<string> Check(IConfiguration configuration)
    {
        List<string> failures = [];
        ConfiguredClients.Read(configuration, [], failures);
        return failures;
    }

    /// <summary>Loads configuration and database.</summary>
    /// <exception cref="OptionsValidationException">The configuration is faulty and <paramref name="strict"/> is set,
    /// as at start.</exception>
    public async Task LoadAsync(bool strict, CancellationToken cancellationToken)
    {
        await _loading.WaitAsync(cancellationToken);
        try
        {
            var storedScopes = await LoadScopesAsync(cancellationToken);
            List<string> failures = [];
            var (clients, scopes) = ConfiguredClients.Read(configuration, storedScopes, failures);
            if (failures.Count > 0 && strict)
                throw new OptionsValidationException(nameof(Client), typeof(Client), failures);
            if (failures.Count > 0)
            {
                Log.ConfigurationFaulty(logger, string.Join(' ', failures));
                return;
            }

            List<ApiScope> allScopes =
            [
                .. ApiScope.Standard.Concat(scopes).Concat(storedScopes).DistinctBy(scope => scope.Name),
            ];
            var known = allScopes.ToDictionary(scope => scope.Name, StringComparer.Ordinal);
            var stored = await LoadClientsAsync(known, cancellationToken);
            Volatile.Write(
                ref _catalog,
                new ClientCatalog(clients.Concat(stored).DistinctBy(client => client.Id), allScopes)
            );
            Log.Loaded(logger, Catalog.Clients.Count, Catalog.Scopes.Count);
        }
        finally
        {
            _loading.Release();
        }
    }

    public void Dispose() => _loading.Dispose();

    private async Task<IReadOnlyList<ApiScope>> LoadScopesAsync(CancellationToken cancellationToken) =>
        await database.QueryAsync(
            "SELECT name, definition FROM idp.scopes ORDER BY name",
            row =>
                JsonSerializer
                    .Deserialize<ScopeDefinition>(row.GetString(1), ClientStore.ScopeJson)!
                    .Read(row.GetString(0)),
            cancellationToken
        );

    // A client in the database that has become faulty (its scope was removed, say) is left out; the others must not
    // suffer for it.
    private async Task<IReadOnlyList<Client>> LoadClientsAsync(
        IReadOnlyDictionary<string, ApiScope> scopes,
        CancellationToken cancellationToken
    )
    {
        var rows = await database.QueryAsync(
            "SELECT client_id, definition, source = 'registration' FROM idp.clients ORDER BY client_id",
            row => (Id: row.GetString(0), Json: row.GetString(1), IsSelfRegistered: row.GetBoolean(2)),
            cancellationToken
        );
        List<Client> clients = [];
        foreach (var (id, json, isSelfRegistered) in rows)
        {
            List<string> failures = [];
            try
            {
                if (
                    ClientReader.Read(id, ClientDefinition.FromJson(json), "idp.clients", scopes, failures) is
                    { } client
                )
                    clients.Add(client with { IsSelfRegistered = isSelfRegistered });
            }
            catch (JsonException exception)
            {
                failures.Add($"idp.clients:{id}: {exception.Message}");
            }
            if (failures.Count > 0)
                Log.StoredClientFaulty(logger, string.Join(' ', failures));
        }
        return clients;
    }
}
