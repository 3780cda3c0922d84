using System.Diagnostics.CodeAnalysis;
using System.Net;
using Identity.Core.Administration;
using Identity.Core.Data;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Identity.Core.Clients;

/// <summary> The clients and scopes in memory: those of the configuration and those of the database; the configuration
/// takes precedence. A look-up needs no SQL. The catalog is rebuilt when either changes; if the new state is faulty,
/// the old one stays and the faults are logged.
/// </summary>
public sealed class ClientRegistry(
    IConfiguration configuration,
    Database database,
    ILogger<ClientRegistry> logger,
    IClientDocuments? documents = null
) : IDisposable
{
    private readonly SemaphoreSlim _loading = new(1, 1);
    private ClientCatalog _catalog = ClientCatalog.Empty;

    /// <summary>The current catalog.</summary>
    public ClientCatalog Catalog => Volatile.Read(ref _catalog);

    public IEnumerable<Client> Clients => Catalog.Clients.Values;

    /// <summary>The client, from memory: of the catalog, or as its metadata document described it last.</summary>
    public Client? Find(string? clientId)
    {
        if (clientId is null)
            return null;
        var catalog = Catalog;
        return catalog.Clients.TryGetValue(clientId, out var client) ? client
            : catalog.Faulty.ContainsKey(clientId) ? null
            : documents?.Find(clientId, catalog);
    }

    /// <summary>What a person reads of a client: its name, with the host that vouches for a name that nobody reviewed;
    /// its id if it is unknown.</summary>
    [return: NotNullIfNotNull(nameof(clientId))]
    public string? NameOf(string? clientId) =>
        Find(clientId) switch
        {
            { DocumentHost: { } host } client => $"{client.Name} ({host})",
            { } client => client.Name,
            null => clientId,
        };

    /// <summary>The client; fetches the metadata document of one that this instance does not know yet.</summary>
    /// <param name="from">Who makes the provider ask, for the limits.</param>
    public async ValueTask<Client?> FindAsync(string? clientId, IPAddress? from, CancellationToken cancellationToken) =>
        Find(clientId)
        ?? (
            clientId is not null
            && await ResolveAsync(clientId, from, isNew: false, cancellationToken)
                is ClientDocumentResult.Described described
                ? described.Client
                : null
        );

    /// <summary>Looks up a client that is known by its metadata document alone; null for every other id. A registered
    /// client of the same id takes precedence.</summary>
    /// <inheritdoc cref="IClientDocuments.ResolveAsync"/>
    public async ValueTask<ClientDocumentResult?> ResolveAsync(
        string clientId,
        IPAddress? from,
        bool isNew,
        CancellationToken cancellationToken
    )
    {
        var catalog = Catalog;
        return documents?.Includes(clientId) == true && !catalog.Has(clientId)
            ? await documents.ResolveAsync(clientId, catalog, from, isNew, cancellationToken)
            : null;
    }

    /// <summary>Checks only the configuration, for start-up and the doctor command, and returns every fault by its
    /// key.</summary>
    public static IReadOnlyList<string> Check(IConfiguration configuration)
    {
        List<string> failures = [];
        ConfiguredClients.Read(configuration, [], failures);
        return failures;
    }

    /// <summary>The clients that the configuration alone defines without a fault, for checks before a database is
    /// open.</summary>
    public static IReadOnlyList<Client> Configured(IConfiguration configuration) =>
        ConfiguredClients.Read(configuration, [], []).Clients;

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
                .. ApiScope
                    .Standard.Concat(ApiScope.Administration(AdminResource.Of(configuration)))
                    .Concat(scopes)
                    .Concat(storedScopes)
                    .DistinctBy(scope => scope.Name),
            ];
            var known = allScopes.ToDictionary(scope => scope.Name, StringComparer.Ordinal);
            var (stored, faulty) = await LoadClientsAsync(known, cancellationToken);
            ClientCatalog next = new(clients.Concat(stored).DistinctBy(client => client.Id), allScopes, faulty);
            var former = Catalog;
            LogFaults(former, next);
            Volatile.Write(ref _catalog, next);
            // Clients are loaded every minute, so only changes are logged.
            if (!next.HasNamesOf(former))
                Log.Loaded(logger, next.Clients.Count, next.Scopes.Count);
        }
        finally
        {
            _loading.Release();
        }
    }

    public void Dispose() => _loading.Dispose();

    private async Task<IReadOnlyList<ApiScope>> LoadScopesAsync(CancellationToken cancellationToken)
    {
        List<ApiScope> scopes = [];
        foreach (var stored in await ScopeRows.AllAsync(database, cancellationToken))
        {
            if (stored.Read(out var problem) is { } scope)
                scopes.Add(scope);
            else
                Log.StoredScopeFaulty(logger, stored.Name, problem);
        }
        return scopes;
    }

    // A client in the database that has become faulty (its scope was removed, say) is left out; the others keep
    // working.
    private async Task<(IReadOnlyList<Client> Clients, IReadOnlyList<FaultyClient> Faulty)> LoadClientsAsync(
        IReadOnlyDictionary<string, ApiScope> scopes,
        CancellationToken cancellationToken
    )
    {
        List<Client> clients = [];
        List<FaultyClient> faulty = [];
        foreach (var row in await ClientRows.AllAsync(database, cancellationToken))
        {
            List<string> failures = [];
            if (
                row.Read(failures) is { } definition
                && ClientReader.Read(row.Id, definition, ClientRows.Section, scopes, failures) is { } client
            )
                clients.Add(
                    client with
                    {
                        StoredBy = row.Source,
                        IsSelfRegistered = row.Source == ClientSource.Registration,
                    }
                );
            else
                faulty.Add(new(row.Id, row.Source, failures));
        }
        return (clients, faulty);
    }

    // A client that worked until now is reported more urgently than a known faulty one: somebody has just broken it.
    private void LogFaults(ClientCatalog former, ClientCatalog next)
    {
        foreach (var client in next.Faulty.Values)
        {
            if (former.Clients.ContainsKey(client.Id))
                Log.ReloadBrokeClient(logger, client.Id, client.Reason);
            else if (!former.Faulty.TryGetValue(client.Id, out var known) || known.Reason != client.Reason)
                Log.StoredClientFaulty(logger, client.Reason);
        }
    }
}
