using System.Collections.Frozen;
using System.Runtime.CompilerServices;

namespace Identity.Core.Clients;

/// <summary>All clients and scopes at one moment. Immutable, so that a request sees the same state from its first step
/// to its last.</summary>
public sealed class ClientCatalog
{
    internal static ClientCatalog Empty { get; } = new([], ApiScope.Standard);

    internal ClientCatalog(
        IEnumerable<Client> clients,
        IEnumerable<ApiScope> scopes,
        IEnumerable<FaultyClient>? faulty = null
    )
    {
        Clients = clients.ToFrozenDictionary(client => client.Id, StringComparer.Ordinal);
        Scopes = scopes.ToFrozenDictionary(scope => scope.Name, StringComparer.Ordinal);
        Faulty = (faulty ?? [])
            .Where(client => !Clients.ContainsKey(client.Id))
            .ToFrozenDictionary(client => client.Id, StringComparer.Ordinal);
        CorsOrigins = Clients.Values.SelectMany(client => client.CorsOrigins).ToFrozenSet(StringComparer.Ordinal);
    }

    // By client, because a token request asks for them each time.
    private readonly ConditionalWeakTable<Client, string[]> _ownScopes = [];

    public FrozenDictionary<string, Client> Clients { get; }

    /// <summary>The stored clients that were left out, with the reasons.</summary>
    public FrozenDictionary<string, FaultyClient> Faulty { get; }

    public FrozenDictionary<string, ApiScope> Scopes { get; }

    /// <summary>Whether the id is in use, by a valid or a faulty client.</summary>
    public bool Has(string clientId) => Clients.ContainsKey(clientId) || Faulty.ContainsKey(clientId);

    /// <summary>Every origin from which a browser may call (WB-7).</summary>
    public FrozenSet<string> CorsOrigins { get; }

    /// <summary>The client that the definition describes, by the rules of every registered client; null with at least
    /// one failure added. Does not add it.</summary>
    public Client? Read(string clientId, ClientDefinition definition, List<string> failures) =>
        ClientReader.Read(clientId, definition, ClientRows.Section, Scopes, failures);

    /// <summary>Whether the other catalog has clients and scopes of the same names.</summary>
    internal bool HasNamesOf(ClientCatalog other) =>
        Clients.Keys.ToHashSet(StringComparer.Ordinal).SetEquals(other.Clients.Keys)
        && Scopes.Keys.ToHashSet(StringComparer.Ordinal).SetEquals(other.Scopes.Keys);

    /// <summary>The scopes that a client of this catalog may have for itself, in ordinal order: those of OpenID Connect
    /// speak of a person, and there is none.</summary>
    public IReadOnlyList<string> OwnScopesOf(Client client) => _ownScopes.GetValue(client, FindOwnScopes);

    /// <summary>The audiences of an access token with these scopes (TK-2); empty if none belongs to an API.</summary>
    public IReadOnlyList<string> ResourcesOf(IEnumerable<string> scopes) =>
        OfScopes(scopes, static scope => scope.Resources);

    /// <summary>The claims of the person that access tokens with these scopes carry.</summary>
    public IReadOnlyList<string> AccessTokenClaimsOf(IEnumerable<string> scopes) =>
        OfScopes(scopes, static scope => scope.Claims);

    private List<string> OfScopes(IEnumerable<string> scopes, Func<ApiScope, IReadOnlyList<string>> values)
    {
        // Every token asks, and the lists are short.
        List<string> all = [];
        foreach (var name in scopes)
        {
            if (!Scopes.TryGetValue(name, out var scope))
                continue;
            foreach (var value in values(scope))
            {
                if (!all.Contains(value))
                    all.Add(value);
            }
        }
        return all;
    }

    private string[] FindOwnScopes(Client client) =>
        [
            .. client
                .Scopes.Where(name => Scopes.TryGetValue(name, out var known) && !known.IsStandard)
                .Order(StringComparer.Ordinal),
        ];
}
