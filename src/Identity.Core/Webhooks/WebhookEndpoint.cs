namespace Identity.Core.Webhooks;

// Webhooks owns what leaves for other systems: the events that migration 020 writes in the transaction of a change, the
// endpoints that want them, and the delivery of each event until the endpoint acknowledges it (Standard Webhooks 1.0).
// It does not write audit rows (each room does) and does not know which addresses may be called (Hosting).

/// <summary>An endpoint as an operator sees it, without its secret.</summary>
/// <param name="EventTypes">The events that it gets; empty means all.</param>
/// <param name="PreviousUntil">Until when requests are signed with the previous secret too; null if there is none.
/// </param>
/// <param name="DisabledReason">Why the program disabled it; null if an operator did.</param>
public sealed record WebhookEndpoint(
    Guid Id,
    Uri Url,
    string Description,
    IReadOnlyList<string> EventTypes,
    bool IsEnabled,
    DateTimeOffset? PreviousUntil,
    DateTimeOffset CreatedAt,
    string? DisabledReason
);

/// <summary>An endpoint with the secret that is shown once.</summary>
/// <param name="Secret">As Standard Webhooks writes it: <c>whsec_</c> and 32 random bytes in base64.</param>
public sealed record WebhookSecret(Guid Id, string Secret)
{
    /// <summary>Redacted.</summary>
    public override string ToString() => $"WebhookSecret {Id}";
}

/// <summary>What an operator gives for an endpoint.</summary>
/// <param name="Address">An https address; http to this machine in Development.</param>
/// <param name="EventTypes">Names of events; empty for all.</param>
public sealed record WebhookDraft(string? Address, string? Description, IReadOnlyList<string> EventTypes);

/// <summary>One delivery, claimed by this instance for the length of a lease.</summary>
/// <param name="Attempts">The number of this attempt.</param>
public sealed record WebhookDelivery(Guid Id, Guid EndpointId, int Attempts, WebhookEvent Event);

/// <summary>An event as it leaves.</summary>
/// <param name="Data">Its details, a JSON object.</param>
public sealed record WebhookEvent(Guid Id, string Type, Guid? UserId, string Data, DateTimeOffset OccurredAt);

/// <summary>How an attempt ended.</summary>
/// <param name="Status">The HTTP status; null when there was no answer.</param>
/// <param name="Error">Why it failed, for the ledger. Never contains the endpoint's answer.</param>
/// <param name="Reachable">False if the endpoint could not be reached at all, so that its other events should wait too.
/// </param>
public sealed record WebhookAnswer(int? Status, string? Error, bool Reachable)
{
    /// <summary>Any 2xx (Standard Webhooks 1.0, "Webhook handling").</summary>
    public bool IsAcknowledged => Status is >= 200 and < 300;

    /// <summary>410: the endpoint wants no more events.</summary>
    public bool IsGone => Status == 410;
}

/// <summary>Posts a signed event. Hosting implements it, because it knows which addresses may be called.</summary>
public interface IWebhookSender
{
    /// <summary>Whether an address may be an endpoint at all.</summary>
    bool IsCallable(Uri address);

    /// <summary>Sends it and waits for the answer for a few seconds at most. Never throws because of the endpoint.
    /// </summary>
    Task<WebhookAnswer> SendAsync(Uri address, WebhookRequest request, CancellationToken cancellationToken);
}

/// <summary>A signed request: the body and the three headers of Standard Webhooks.</summary>
public sealed record WebhookRequest(string Id, string Timestamp, string Signature, byte[] Body);
