using Identity.Core.Administration;
using Identity.Core.Audit;
using Identity.Core.Data;

namespace Identity.Core.Logout;

/// <summary>An operator's actions on logout messages, for console, API and command line.</summary>
public sealed class LogoutDeliveryAdministration(Database database, LogoutLedger ledger, AdminAuditLog audit)
{
    /// <summary>Entries, newest first.</summary>
    /// <param name="after">The position of the last entry of the previous page; null for the newest.</param>
    /// <param name="count">1 to 500; other values are clamped.</param>
    public async Task<AdminOutcome<IReadOnlyList<LogoutLedgerEntry>>> ListAsync(
        Operator actor,
        LogoutLedgerFilter filter,
        ListPlace? after,
        int count,
        CancellationToken cancellationToken
    ) =>
        AdminRules.Require(actor, AdminActions.DeliveryList) is { } refused
            ? refused
            : new AdminOutcome<IReadOnlyList<LogoutLedgerEntry>>.Done(
                await ledger.ListAsync(filter, count, after, cancellationToken)
            );

    /// <summary>Retries a message at once that waits or was given up.</summary>
    public async Task<AdminOutcome> RetryAsync(
        Operator actor,
        Guid id,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        if (AdminRules.Require(actor, AdminActions.DeliveryRetry) is { } refused)
            return refused;
        return await database.InTransactionAsync<AdminOutcome>(
            async (transaction, cancel) =>
            {
                if (!await LogoutLedger.RetryAsync(transaction, id, cancel))
                    return new AdminOutcome.NotFound();
                await audit.AppendAsync(
                    transaction,
                    actor,
                    AdminActions.DeliveryRetry,
                    null,
                    request,
                    new Dictionary<string, object?> { ["delivery"] = id },
                    cancel
                );
                return AdminOutcome.Done.Instance;
            },
            cancellationToken
        );
    }
}
