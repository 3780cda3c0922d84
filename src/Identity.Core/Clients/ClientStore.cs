using Identity.Core.Audit;
using Identity.Core.Data;

namespace Identity.Core.Clients;

/// <summary>How a client came into the database.</summary>
public enum ClientSource
{
    CommandLine,
    Administration,
    Registration,
}

/// <summary>The outcome of writing a client.</summary>
public abstract record ClientWriteResult
{
    private ClientWriteResult() { }

    public sealed record Written : ClientWriteResult;

    /// <summary>A client with this id exists; a client of the configuration cannot be changed here.</summary>
    public sealed record Taken : ClientWriteResult;

    /// <summary>The caller's condition does not hold.</summary>
    public sealed record Refused : ClientWriteResult;

    public sealed record Invalid(IReadOnlyList<string> Failures) : ClientWriteResult;
}

/// <summary> Writes the clients in the database, each change with its audit row in one transaction (LG-4). Every
/// instance learns of it by NOTIFY (a trigger on <c>idp.clients</c>).
/// </summary>
public sealed class ClientStore(Database database, ClientRegistry registry, AuditLog audit)
{
    /// <summary>Adds a client. A secret in clear is refused: create one with <see cref="ClientSecrets.Generate"/> and
    /// store its digest.</summary>
    /// <param name="condition">What must hold in the same transaction, for example that a token was consumed; otherwise
    /// nothing is written. Null for no condition.</param>
    /// <param name="also">What else to write in the transaction. Null for nothing.</param>
    public async Task<ClientWriteResult> AddAsync(
        string clientId,
        ClientDefinition definition,
        ClientSource source,
        RequestContext by,
        CancellationToken cancellationToken,
        Func<DatabaseTransaction, CancellationToken, Task<bool>>? condition = null,
        Func<DatabaseTransaction, CancellationToken, Task>? also = null
    )
    {
        if (registry.Catalog.Has(clientId))
            return new ClientWriteResult.Taken();
        if (Failures(clientId, definition) is { Count: > 0 } failures)
            return new ClientWriteResult.Invalid(failures);
        return await database.InTransactionAsync<ClientWriteResult>(
            async (transaction, cancel) =>
            {
                if (condition is not null && !await condition(transaction, cancel))
                    return new ClientWriteResult.Refused();
                if (!await ClientRows.InsertAsync(transaction, clientId, definition, source, cancel))
                    return new ClientWriteResult.Taken();
                await AuditAsync(
                    transaction,
                    AuditEventTypes.ClientAdded,
                    clientId,
                    by,
                    cancel,
                    ("source", ClientRows.NameOf(source))
                );
                if (also is not null)
                    await also(transaction, cancel);
                return new ClientWriteResult.Written();
            },
            cancellationToken
        );
    }

    /// <summary>Replaces a stored client's definition; false if it is not in the database.</summary>
    /// <param name="eventType">The event in the audit log: <see cref="AuditEventTypes.ClientChanged"/>, or the rotation
    /// of its secret.</param>
    /// <param name="condition">What must hold in the same transaction, for example that a token was consumed; null for
    /// no condition.</param>
    public async Task<bool> ReplaceAsync(
        string clientId,
        ClientDefinition definition,
        string eventType,
        RequestContext by,
        CancellationToken cancellationToken,
        Func<DatabaseTransaction, CancellationToken, Task<bool>>? condition = null
    )
    {
        if (Failures(clientId, definition) is { Count: > 0 } failures)
            throw new ArgumentException(string.Join(' ', failures), nameof(definition));
        return await database.InTransactionAsync(
            async (transaction, cancel) =>
            {
                if (
                    (condition is not null && !await condition(transaction, cancel))
                    || !await ClientRows.UpdateAsync(transaction, clientId, definition, cancel)
                )
                    return false;
                await AuditAsync(transaction, eventType, clientId, by, cancel);
                return true;
            },
            cancellationToken
        );
    }

    /// <summary>The stored definition; null if the client is not in the database.</summary>
    public async Task<ClientDefinition?> FindAsync(string clientId, CancellationToken cancellationToken) =>
        (await ClientRows.FindAsync(database, clientId, cancellationToken))?.Read([]);

    /// <summary>Removes a client and ends its grants, so that a new client with the same id starts with none (RFC 7592
    /// section 2.3). False if it is not in the database.</summary>
    public Task<bool> RemoveAsync(string clientId, RequestContext by, CancellationToken cancellationToken) =>
        database.InTransactionAsync(
            async (transaction, cancel) =>
            {
                if (!await ClientRows.DeleteAsync(transaction, clientId, cancel))
                    return false;
                await AuditAsync(transaction, AuditEventTypes.ClientRemoved, clientId, by, cancel);
                return true;
            },
            cancellationToken
        );

    /// <summary>All faults of a definition, each by its key (<c>idp.clients:&lt;id&gt;:&lt;setting&gt;</c>); empty if
    /// it is valid.</summary>
    public IReadOnlyList<string> Check(string clientId, ClientDefinition definition) => Failures(clientId, definition);

    private Task AuditAsync(
        DatabaseTransaction transaction,
        string type,
        string clientId,
        RequestContext by,
        CancellationToken cancellationToken,
        params (string Name, object? Value)[] more
    ) =>
        audit.AppendAsync(
            transaction,
            new(
                type,
                AuditStatus.Success,
                null,
                by.IpAddress,
                by.UserAgent,
                more.Prepend((Name: "client_id", Value: (object?)clientId))
                    .ToDictionary(static detail => detail.Name, static detail => detail.Value)
            ),
            cancellationToken
        );

    private List<string> Failures(string clientId, ClientDefinition definition)
    {
        List<string> failures = [];
        if (definition.Secret is not null)
            failures.Add(
                $"{ClientRows.Section}:{clientId}:{nameof(definition.Secret)}: a secret is stored by its digest only."
            );
        ClientReader.Read(clientId, definition, ClientRows.Section, registry.Catalog.Scopes, failures);
        return failures;
    }
}
