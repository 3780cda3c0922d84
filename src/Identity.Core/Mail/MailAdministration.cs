using Identity.Core.Administration;
using Identity.Core.Audit;
using Identity.Core.Data;
using Identity.Core.Primitives;

namespace Identity.Core.Mail;

/// <summary>An operator's actions on the outbox and the mail server, for console, API and command line.</summary>
public sealed class MailAdministration(Database database, MailLedger ledger, MailServer server, AdminAuditLog audit)
{
    /// <summary>Mails, newest first.</summary>
    /// <param name="after">The position of the last entry of the previous page; null for the newest.</param>
    /// <param name="count">1 to 500; other values are clamped.</param>
    public async Task<AdminOutcome<IReadOnlyList<MailLedgerEntry>>> ListAsync(
        Operator actor,
        MailLedgerFilter filter,
        ListPlace? after,
        int count,
        CancellationToken cancellationToken
    ) =>
        AdminRules.Require(actor, AdminActions.MailList) is { } refused
            ? refused
            : new AdminOutcome<IReadOnlyList<MailLedgerEntry>>.Done(
                await ledger.ListAsync(filter, count, after, cancellationToken)
            );

    /// <summary>Makes every waiting mail due now. Returns the number of mails.</summary>
    public async Task<AdminOutcome<int>> RetryAsync(
        Operator actor,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        if (AdminRules.Require(actor, AdminActions.MailRetry) is { } refused)
            return refused;
        var count = await ledger.RetryAsync(cancellationToken);
        await AuditAsync(actor, AdminActions.MailRetry, request, "count", count, cancellationToken);
        return count;
    }

    /// <summary>Sends a test mail; without an address, only connects and signs in.</summary>
    public async Task<AdminOutcome<MailServerResult>> TestAsync(
        Operator actor,
        string? address,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        if (AdminRules.Require(actor, AdminActions.MailTest) is { } refused)
            return refused;
        EmailAddress? to = null;
        if (!string.IsNullOrWhiteSpace(address))
        {
            if (!EmailAddress.TryParse(address, out var parsed))
                return new AdminOutcome.Invalid("address", "This is not an email address.");
            to = parsed;
        }
        var result = to is { } recipient
            ? await server.SendTestAsync(recipient, null, cancellationToken)
            : await server.TryAsync(cancellationToken);
        await AuditAsync(
            actor,
            AdminActions.MailTest,
            request,
            "result",
            result.GetType().Name.ToLowerInvariant(),
            cancellationToken
        );
        return result;
    }

    private Task AuditAsync(
        Operator actor,
        AdminAction action,
        RequestContext request,
        string name,
        object value,
        CancellationToken cancellationToken
    ) =>
        database.InTransactionAsync(
            (transaction, cancel) =>
                audit.AppendAsync(
                    transaction,
                    actor,
                    action,
                    null,
                    request,
                    new Dictionary<string, object?> { [name] = value },
                    cancel
                ),
            cancellationToken
        );
}
