using Identity.Core.Audit;
using Identity.Core.Data;

namespace Identity.Core.Keys;

/// <summary>
/// A change of signing keys: a transaction that holds the one advisory lock of the keys, so that instances that look at
/// the same moment come to one result, and its audit rows (LG-4). What happened is logged only when it is committed.
/// </summary>
internal sealed class SigningKeyChange
{
    private readonly AuditLog _audit;
    private readonly List<Action> _messages = [];

    private SigningKeyChange(DatabaseTransaction transaction, DateTimeOffset now, AuditLog audit) =>
        (Transaction, Now, _audit) = (transaction, now, audit);

    public DatabaseTransaction Transaction { get; }

    /// <summary>The database's clock.</summary>
    public DateTimeOffset Now { get; }

    /// <summary>Runs <paramref name="work"/> with the keys as they stand under the lock.</summary>
    public static async Task RunAsync(
        Database database,
        AuditLog audit,
        Func<SigningKeyChange, List<SigningKeyRow>, CancellationToken, Task> work,
        CancellationToken cancellationToken
    )
    {
        var done = await database.InTransactionAsync(
            async (transaction, cancel) =>
            {
                var now = await SigningKeyStore.LockAsync(transaction, cancel);
                SigningKeyChange change = new(transaction, now, audit);
                await work(change, await SigningKeyStore.ReadAsync(transaction, cancel), cancel);
                return change;
            },
            cancellationToken
        );
        done._messages.ForEach(static log => log());
    }

    /// <summary>Logs once the change is committed.</summary>
    public void AfterCommit(Action log) => _messages.Add(log);

    /// <summary>Notes what was done to a key in the audit log.</summary>
    public Task AuditAsync(string kid, string algorithm, string reason, CancellationToken cancellationToken) =>
        _audit.AppendAsync(
            Transaction,
            new AuditEvent(
                AuditEventTypes.SigningKeyRotated,
                AuditStatus.Success,
                null,
                null,
                null,
                new Dictionary<string, object?>
                {
                    ["kid"] = kid,
                    ["algorithm"] = algorithm,
                    ["reason"] = reason,
                }
            ),
            cancellationToken
        );
}
