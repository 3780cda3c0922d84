using System.Text.Json;
using System.Text.Json.Serialization;
using Identity.Core.Data;

namespace Identity.Core.Clients;

/// <summary>Where a client in the database came from.</summary>
public enum ClientSource
{
    CommandLine,
    Administration,
    Registration,
}

/// <summary>The outcome of writing a client.</summary>
public abstract record ClientWriteResult
{
    private ClientWriteResult()
    {
    }

    public sealed record Written : ClientWriteResult;

    /// <summary>There is a client of that name already; one of the configuration cannot be changed here.</summary>
    public sealed record Taken : ClientWriteResult;

    public sealed record Invalid(IReadOnlyList<string> Failures) : ClientWriteResult;
}

/// <summary>Writes the clients that are kept in the database. Every instance learns of it by NOTIFY (a trigger on <c>idp.clients</c>).</summary>
public sealed class ClientStore(Database database, ClientRegistry registry)
{
    internal static JsonSerializerOptions ScopeJson { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>Adds a client. A secret in clear is refused: make one with <see cref="ClientSecrets.Generate"/> and store its digest.</summary>
    public async Task<ClientWriteResult> AddAsync(string clientId, ClientDefinition definition, ClientSource source, CancellationToken cancellationToken)
    {
        if (registry.Find(clientId) is not null)
            return new ClientWriteResult.Taken();
        if (Failures(clientId, definition) is { Count: > 0 } failures)
            return new ClientWriteResult.Invalid(failures);
        var written = await database.ExecuteAsync(
            "INSERT INTO idp.clients (client_id, definition, source) VALUES (@id, @definition, @source) ON CONFLICT DO NOTHING",
            cancellationToken, ("id", clientId), ("definition", new Json(definition.ToJson())), ("source", SourceName(source)));
        return written == 1 ? new ClientWriteResult.Written() : new ClientWriteResult.Taken();
    }

    /// <summary>Replaces a stored client's definition; false when it is not in the database.</summary>
    public async Task<bool> ReplaceAsync(string clientId, ClientDefinition definition, CancellationToken cancellationToken)
    {
        if (Failures(clientId, definition) is { Count: > 0 } failures)
            throw new ArgumentException(string.Join(' ', failures), nameof(definition));
        return await database.ExecuteAsync("UPDATE idp.clients SET definition = @definition, updated_at = now() WHERE client_id = @id",
            cancellationToken, ("id", clientId), ("definition", new Json(definition.ToJson()))) == 1;
    }

    /// <summary>The definition as stored; null when the client is not in the database.</summary>
    public async Task<ClientDefinition?> FindAsync(string clientId, CancellationToken cancellationToken) =>
        await database.QuerySingleOrDefaultAsync("SELECT definition FROM idp.clients WHERE client_id = @id", row => ClientDefinition.FromJson(row.GetString(0)), cancellationToken, ("id", clientId));

    public async Task<bool> RemoveAsync(string clientId, CancellationToken cancellationToken) =>
        await database.ExecuteAsync("DELETE FROM idp.clients WHERE client_id = @id", cancellationToken, ("id", clientId)) == 1;

    /// <summary>Everything that is wrong with a definition, each by its key (<c>idp.clients:&lt;id&gt;:&lt;setting&gt;</c>); empty when it could be written.</summary>
    public IReadOnlyList<string> Check(string clientId, ClientDefinition definition) => Failures(clientId, definition);

    private List<string> Failures(string clientId, ClientDefinition definition)
    {
        List<string> failures = [];
        if (definition.Secret is not null)
            failures.Add($"idp.clients:{clientId}:{nameof(definition.Secret)}: a secret is stored by its digest only.");
        ClientReader.Read(clientId, definition, "idp.clients", registry.Catalog.Scopes, failures);
        return failures;
    }

    private static string SourceName(ClientSource source) => source switch
    {
        ClientSource.CommandLine => "command_line",
        ClientSource.Administration => "administration",
        _ => "registration",
    };
}
