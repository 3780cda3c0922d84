using Identity.Core.Administration;
using Identity.Core.Audit;

namespace Identity.Core.Detection;

/// <summary>An operator's actions on alerts, for console, API and command line.</summary>
public sealed class AlertAdministration(AlertStore alerts)
{
    /// <summary>Alerts, newest first.</summary>
    /// <param name="after">The last alert of the previous page; null for the first page.</param>
    /// <param name="count">1 to 500; other values are clamped.</param>
    public async Task<AdminOutcome<IReadOnlyList<Alert>>> ListAsync(
        Operator actor,
        AlertFilter filter,
        AlertPlace? after,
        int count,
        CancellationToken cancellationToken
    ) =>
        AdminRules.Require(actor, AdminActions.AlertList) is { } refused
            ? refused
            : new AdminOutcome<IReadOnlyList<Alert>>.Done(
                await alerts.ListAsync(filter, after, count, cancellationToken)
            );

    /// <summary>One alert.</summary>
    public async Task<AdminOutcome<Alert>> FindAsync(Operator actor, Guid id, CancellationToken cancellationToken) =>
        AdminRules.Require(actor, AdminActions.AlertList) is { } refused ? refused
        : await alerts.FindAsync(id, cancellationToken) is { } alert ? alert
        : new AdminOutcome.NotFound();

    /// <summary>Notes that the operator looks after an alert. Of two at once, one does; the other is refused as stale.
    /// </summary>
    /// <param name="note">What they found or did, for the next one; null for none.</param>
    public async Task<AdminOutcome<Alert>> AcknowledgeAsync(
        Operator actor,
        Guid id,
        string? note,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        if (AdminRules.Require(actor, AdminActions.AlertAcknowledge) is { } refused)
            return refused;
        if (note?.Length > AlertStore.MaxNoteLength)
            return new AdminOutcome.Invalid("note", $"{AlertStore.MaxNoteLength} characters at most.");
        var text = string.IsNullOrWhiteSpace(note) ? null : note.Trim();
        return await alerts.AcknowledgeAsync(actor, id, text, request, cancellationToken) switch
        {
            AlertAcknowledgement.Done done => done.Alert,
            AlertAcknowledgement.Already => new AdminOutcome.Stale(),
            _ => new AdminOutcome.NotFound(),
        };
    }
}
