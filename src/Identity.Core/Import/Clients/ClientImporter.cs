using System.Text.Json;
using Identity.Core.Audit;
using Identity.Core.Clients;
using Identity.Core.Data;
using Identity.Core.Primitives;

namespace Identity.Core.Import.Clients;

/// <summary>Imports clients of another system, each under the rules for every client (<see cref="ClientStore"/>).
/// Existing clients stay as they are.</summary>
public sealed class ClientImporter(Database database, ClientRegistry registry, ClientStore store)
{
    /// <summary>Largest file, in bytes: 64 MiB.</summary>
    public const long MaxFile = 64L * 1024 * 1024;

    private const int MaxDepth = 32;

    /// <summary>Reads a file and adds every client that can be added. Null if the file is not JSON.</summary>
    /// <param name="dryRun">Checks everything and writes nothing.</param>
    public async Task<IReadOnlyList<ClientImportRow>?> ImportAsync(
        ReadOnlyMemory<byte> file,
        ClientFileSource source,
        bool dryRun,
        RequestContext by,
        CancellationToken cancellationToken
    )
    {
        using var document = UntrustedJson.Read(file, MaxDepth);
        if (document is null)
            return null;
        List<ClientImportRow> rows = [];
        foreach (var (client, skipped) in Read(document.RootElement, source))
            rows.Add(skipped ?? await AddAsync(client!, dryRun, by, cancellationToken));
        return rows;
    }

    /// <summary>Every client of the database as one settings file, ordered by id.</summary>
    public async Task<string> ExportAsync(CancellationToken cancellationToken) =>
        IdentityClients.Write(
            await database.QueryAsync(
                "SELECT client_id, definition FROM idp.clients ORDER BY client_id COLLATE \"C\"",
                static row => (row.GetString(0), ClientDefinition.FromJson(row.GetString(1))),
                cancellationToken
            )
        );

    private static IEnumerable<(ImportedClient? Client, ClientImportRow? Skipped)> Read(
        JsonElement root,
        ClientFileSource source
    ) =>
        source switch
        {
            ClientFileSource.Keycloak => KeycloakClients.Read(root),
            ClientFileSource.Duende => DuendeClients.Read(root),
            ClientFileSource.OpenIddict => OpenIddictClients.Read(root),
            _ => IdentityClients.Read(root),
        };

    private async Task<ClientImportRow> AddAsync(
        ImportedClient client,
        bool dryRun,
        RequestContext by,
        CancellationToken cancellationToken
    )
    {
        List<string> notes = [.. client.Notes];
        KeepKnownScopes(client.Definition, notes);
        ClientLifetimes.Cut(client.Definition, notes);
        string? secret = null;
        if (client.NeedsSecret)
            (secret, client.Definition.Secrets) = NewSecret();
        if (registry.Find(client.ClientId) is not null)
            return new(client.ClientId, "present", null, []);
        var result = dryRun
            ? Check(client)
            : await store.AddAsync(client.ClientId, client.Definition, ClientSource.CommandLine, by, cancellationToken);
        return result switch
        {
            ClientWriteResult.Written => new(client.ClientId, "added", dryRun ? null : secret, notes),
            ClientWriteResult.Invalid invalid => new(client.ClientId, "refused", null, [.. invalid.Failures, .. notes]),
            _ => new(client.ClientId, "present", null, []),
        };
    }

    private ClientWriteResult Check(ImportedClient client) =>
        store.Check(client.ClientId, client.Definition) is { Count: > 0 } failures
            ? new ClientWriteResult.Invalid(failures)
            : new ClientWriteResult.Written();

    // The refresh token grant and the scope offline_access go together.
    private void KeepKnownScopes(ClientDefinition definition, List<string> notes)
    {
        if (definition.Scopes is not { } scopes)
            return;
        foreach (var unknown in scopes.Where(scope => !registry.Catalog.Scopes.ContainsKey(scope)).ToArray())
        {
            notes.Add($"scope {unknown}: not defined here; add it under Identity:Scopes and to the client.");
            scopes.Remove(unknown);
        }
        var grants = definition.GrantTypes ??= [.. ClientDefaults.Of(definition.Profile).GrantTypes];
        var hasPeople =
            grants.Contains(ClientGrantType.AuthorizationCode) || grants.Contains(ClientGrantType.DeviceCode);
        if (scopes.Contains("offline_access") && !hasPeople)
            scopes.Remove("offline_access");
        if (scopes.Contains("offline_access") && !grants.Contains(ClientGrantType.RefreshToken))
            grants.Add(ClientGrantType.RefreshToken);
    }

    private static (string Secret, IList<ClientSecretDefinition> Stored) NewSecret()
    {
        var (secret, stored) = ClientSecrets.Generate("made by identity clients import");
        return (secret, [stored]);
    }
}
