using Identity.Core.Administration;
using Identity.Core.Audit;
using Identity.Core.Data;
using Identity.Core.Primitives;
using Microsoft.Extensions.Options;

namespace Identity.Core.Webhooks;

/// <summary>An operator's actions on webhooks, for console, API and command line.</summary>
public sealed class WebhookAdministration
{
    private readonly Database _database;
    private readonly WebhookLedger _ledger;
    private readonly WebhookDeliveryStore _store;
    private readonly WebhookSignature _signature;
    private readonly IWebhookSender _sender;
    private readonly AdminAuditLog _audit;
    private readonly WebhookOptions _options;
    private readonly TimeProvider _time;

    public WebhookAdministration(
        Database database,
        WebhookLedger ledger,
        WebhookSignature signature,
        IWebhookSender sender,
        AdminAuditLog audit,
        IOptions<WebhookOptions> options,
        TimeProvider time
    )
    {
        (_database, _ledger, _store) = (database, ledger, new(database));
        (_signature, _sender, _audit, _options, _time) = (signature, sender, audit, options.Value, time);
    }

    /// <summary>All endpoints.</summary>
    public async Task<AdminOutcome<IReadOnlyList<WebhookEndpoint>>> ListAsync(
        Operator actor,
        CancellationToken cancellationToken
    ) =>
        AdminRules.Require(actor, AdminActions.WebhookList) is { } refused
            ? refused
            : new AdminOutcome<IReadOnlyList<WebhookEndpoint>>.Done(await _ledger.EndpointsAsync(cancellationToken));

    /// <summary>One endpoint.</summary>
    public async Task<AdminOutcome<WebhookEndpoint>> FindAsync(
        Operator actor,
        Guid id,
        CancellationToken cancellationToken
    ) =>
        AdminRules.Require(actor, AdminActions.WebhookList) is { } refused ? refused
        : await _ledger.EndpointAsync(id, cancellationToken) is { } endpoint ? endpoint
        : new AdminOutcome.NotFound();

    /// <summary>The deliveries of an endpoint, newest first.</summary>
    /// <param name="after">The position of the last entry of the previous page; null for the newest.</param>
    /// <param name="count">1 to 500; other values are clamped.</param>
    public async Task<AdminOutcome<IReadOnlyList<WebhookLedgerEntry>>> DeliveriesAsync(
        Operator actor,
        Guid id,
        ListPlace? after,
        int count,
        CancellationToken cancellationToken
    )
    {
        if (AdminRules.Require(actor, AdminActions.WebhookDeliveries) is { } refused)
            return refused;
        if (await _ledger.EndpointAsync(id, cancellationToken) is null)
            return new AdminOutcome.NotFound();
        return new AdminOutcome<IReadOnlyList<WebhookLedgerEntry>>.Done(
            await _ledger.DeliveriesAsync(id, count, after, cancellationToken)
        );
    }

    /// <summary>Adds an endpoint. Its secret is returned here and never again.</summary>
    public async Task<AdminOutcome<WebhookSecret>> AddAsync(
        Operator actor,
        WebhookDraft draft,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        if (AdminRules.Require(actor, AdminActions.WebhookCreate) is { } refused)
            return refused;
        if (WebhookDraftRules.Refusal(draft, _sender, await EventTypesAsync(cancellationToken)) is { } invalid)
            return invalid;

        var id = Guid.CreateVersion7();
        var (shown, stored) = _signature.CreateSecret(id);
        await ChangeAsync(
            actor,
            AdminActions.WebhookCreate,
            id,
            request,
            async (transaction, details, cancel) =>
            {
                await WebhookRows.InsertAsync(transaction, id, WebhookDraftRules.Sound(draft), stored, cancel);
                Note(details, draft);
                return true;
            },
            cancellationToken
        );
        return new WebhookSecret(id, shown);
    }

    /// <summary>Replaces address, description and events. What waits goes to the new address.</summary>
    public async Task<AdminOutcome> EditAsync(
        Operator actor,
        Guid id,
        WebhookDraft draft,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        if (AdminRules.Require(actor, AdminActions.WebhookEdit) is { } refused)
            return refused;
        if (WebhookDraftRules.Refusal(draft, _sender, await EventTypesAsync(cancellationToken)) is { } invalid)
            return invalid;
        return await ChangeAsync(
            actor,
            AdminActions.WebhookEdit,
            id,
            request,
            (transaction, details, cancel) =>
            {
                Note(details, draft);
                return WebhookRows.EditAsync(transaction, id, WebhookDraftRules.Sound(draft), cancel);
            },
            cancellationToken
        );
    }

    /// <summary>Enables or disables an endpoint. What waits for a disabled one is given up.</summary>
    public Task<AdminOutcome> EnableAsync(
        Operator actor,
        Guid id,
        bool enabled,
        RequestContext request,
        CancellationToken cancellationToken
    ) =>
        ChangeAsync(
            actor,
            AdminActions.WebhookChange,
            id,
            request,
            (transaction, details, cancel) =>
            {
                details["enabled"] = enabled;
                return WebhookRows.EnableAsync(transaction, id, enabled, cancel);
            },
            cancellationToken
        );

    /// <summary>Removes an endpoint with its deliveries.</summary>
    public Task<AdminOutcome> RemoveAsync(
        Operator actor,
        Guid id,
        RequestContext request,
        CancellationToken cancellationToken
    ) =>
        ChangeAsync(
            actor,
            AdminActions.WebhookRemove,
            id,
            request,
            (transaction, _, cancel) => WebhookRows.DeleteAsync(transaction, id, cancel),
            cancellationToken
        );

    /// <summary>A new secret, returned here and never again. The one so far signs too for
    /// <see cref="WebhookOptions.RotationOverlap"/>.</summary>
    public async Task<AdminOutcome<WebhookSecret>> RotateAsync(
        Operator actor,
        Guid id,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        var (shown, stored) = _signature.CreateSecret(id);
        var outcome = await ChangeAsync(
            actor,
            AdminActions.WebhookRotate,
            id,
            request,
            (transaction, _, cancel) =>
                WebhookRows.RotateAsync(transaction, id, stored, _options.RotationOverlap, cancel),
            cancellationToken
        );
        return outcome is AdminOutcome.Done ? new WebhookSecret(id, shown) : outcome;
    }

    /// <summary>Sends a test event now and returns the answer. It is not stored.</summary>
    public async Task<AdminOutcome<WebhookAnswer>> TestAsync(
        Operator actor,
        Guid id,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        if (AdminRules.Require(actor, AdminActions.WebhookTest) is { } refused)
            return refused;
        if (await _store.FindAsync(id, onlyEnabled: false, cancellationToken) is not { } target)
            return new AdminOutcome.NotFound();
        WebhookEvent test = new(Guid.CreateVersion7(), "webhook.test", null, "{}", _time.GetUtcNow());
        var answer = _signature.Sign(test, id, target.Secrets) is { } signed
            ? await _sender.SendAsync(target.Url, signed, cancellationToken)
            : new WebhookAnswer(null, "the master key of its secret is not loaded", Reachable: false);
        await ChangeAsync(
            actor,
            AdminActions.WebhookTest,
            id,
            request,
            (_, details, _) =>
            {
                details["acknowledged"] = answer.IsAcknowledged;
                return Task.FromResult(true);
            },
            cancellationToken
        );
        return answer;
    }

    /// <summary>Sends the events of a span again, also to an endpoint that was added since. Returns how many.</summary>
    /// <param name="from">Inclusive.</param>
    /// <param name="to">Exclusive.</param>
    public async Task<AdminOutcome<int>> ReplayAsync(
        Operator actor,
        Guid id,
        DateTimeOffset from,
        DateTimeOffset to,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        if (AdminRules.Require(actor, AdminActions.WebhookReplay) is { } refused)
            return refused;
        if (from >= to)
            return new AdminOutcome.Invalid("from", "The span ends before it begins.");
        var count = 0;
        var outcome = await ChangeAsync(
            actor,
            AdminActions.WebhookReplay,
            id,
            request,
            async (transaction, details, cancel) =>
            {
                if (await _ledger.EndpointAsync(id, cancel) is null)
                    return false;
                count = await WebhookRows.ReplayAsync(transaction, id, from, to, cancel);
                (details["from"], details["to"], details["count"]) = (from, to, count);
                return true;
            },
            cancellationToken
        );
        return outcome is AdminOutcome.Done ? count : outcome;
    }

    private static void Note(Dictionary<string, object?> details, WebhookDraft draft)
    {
        var sound = WebhookDraftRules.Sound(draft);
        (details["host"], details["events"]) = (sound.Url.Authority, sound.EventTypes);
    }

    private Task<List<string>> EventTypesAsync(CancellationToken cancellationToken) =>
        _ledger.EventTypesAsync(cancellationToken);

    private async Task<AdminOutcome> ChangeAsync(
        Operator actor,
        AdminAction action,
        Guid id,
        RequestContext request,
        Func<DatabaseTransaction, Dictionary<string, object?>, CancellationToken, Task<bool>> change,
        CancellationToken cancellationToken
    )
    {
        if (AdminRules.Require(actor, action) is { } refused)
            return refused;
        return await _database.InTransactionAsync<AdminOutcome>(
            async (transaction, cancel) =>
            {
                Dictionary<string, object?> details = new(StringComparer.Ordinal) { ["webhook"] = id };
                if (!await change(transaction, details, cancel))
                    return new AdminOutcome.NotFound();
                await _audit.AppendAsync(transaction, actor, action, null, request, details, cancel);
                return AdminOutcome.Done.Instance;
            },
            cancellationToken
        );
    }
}
