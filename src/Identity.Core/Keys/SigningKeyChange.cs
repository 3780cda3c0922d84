using Identity.Core.Administration;
using Identity.Core.Audit;
using Identity.Core.Data;

namespace Identity.Core.Keys;

/// <summary> A change of signing keys: a transaction that holds the advisory lock of the keys, so that instances that
/// run at the same moment reach one result, with its audit rows (LG-4). Changes are logged only after the commit.
/// </summary>
internal sealed class SigningKeyChange
{
    private readonly AuditLog _audit;
    private readonly SigningKeyOperator? _by;
    private readonly List<Action> _messages = [];

    private SigningKeyChange(
        DatabaseTransaction transaction,
        DateTimeOffset now,
        AuditLog audit,
        SigningKeyOperator? by
    ) => (Transaction, Now, _audit, _by) = (transaction, now, audit, by);

    public DatabaseTransaction Transaction { get; }

    /// <summary>The database's clock.</summary>
    public DateTimeOffset Now { get; }

    /// <summary>Runs <paramref name="work"/> with the keys as read under the lock.</summary>
    public static async Task RunAsync(
        Database database,
        AuditLog audit,
        SigningKeyOperator? by,
        Func<SigningKeyChange, List<SigningKeyRow>, CancellationToken, Task> work,
        CancellationToken cancellationToken
    )
    {
        var done = await database.InTransactionAsync(
            async (transaction, cancel) =>
            {
                var now = await SigningKeyStore.LockAsync(transaction, cancel);
                SigningKeyChange change = new(transaction, now, audit, by);
                await work(change, await SigningKeyStore.ReadAsync(transaction, cancel), cancel);
                return change;
            },
            cancellationToken
        );
        done._messages.ForEach(static log => log());
    }

    /// <summary>Logs once the change is committed.</summary>
    public void AfterCommit(Action log) => _messages.Add(log);

    /// <summary>Writes the audit row of a change, with the operator if it was not the schedule.</summary>
    public Task AuditAsync(string kid, string algorithm, string reason, CancellationToken cancellationToken)
    {
        Dictionary<string, object?> details = new(StringComparer.Ordinal)
        {
            ["kid"] = kid,
            ["algorithm"] = algorithm,
            ["reason"] = reason,
        };
        return _by is null
            ? _audit.AppendAsync(
                Transaction,
                new(AuditEventTypes.SigningKeyRotated, AuditStatus.Success, null, null, null, details),
                cancellationToken
            )
            : new AdminAuditLog(_audit).AppendAsync(
                Transaction,
                _by.Actor,
                _by.Action,
                null,
                _by.Request,
                details,
                cancellationToken
            );
    }
}
