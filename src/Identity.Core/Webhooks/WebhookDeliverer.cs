using Identity.Core.Data;
using Identity.Core.Deliveries;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Identity.Core.Webhooks;

/// <summary>Wakes the deliverer by NOTIFY <c>identity_webhooks</c> from the instance that wrote an event.</summary>
internal sealed class WebhookListener : DeliverySignal, IChannelSubscriber
{
    /// <inheritdoc />
    public string ChannelName => "identity_webhooks";
}

/// <summary>Sends events to endpoints, on every instance. An event is sent until its endpoint acknowledges it, so a
/// receiver may get one twice and tells it by its id; an acknowledged event is never sent again.</summary>
internal sealed class WebhookDeliverer(
    WebhookDeliveryStore store,
    WebhookSignature signature,
    IWebhookSender sender,
    WebhookListener listener,
    IOptions<WebhookOptions> options,
    ILogger<WebhookDeliverer> logger
) : DeliveryLoop<Guid>(store.Table, listener)
{
    protected override TimeSpan FirstRest => options.Value.FirstPause;

    protected override Task<bool> ServeAsync(Guid receiver, CancellationToken stoppingToken)
    {
        WebhookTarget? target = null;
        return DeliverAllAsync(ClaimAsync, delivery => DeliverAsync(target!, delivery), stoppingToken);

        // A turn lasts as long as rows are due. Read anew for each batch, a pause or a new secret does not wait for its
        // end.
        async Task<List<WebhookDelivery>> ClaimAsync()
        {
            target = await store.FindAsync(receiver, stoppingToken);
            if (target is not null)
                return await store.ClaimAsync(receiver, options.Value.ParallelPerEndpoint, stoppingToken);
            await store.GiveUpAsync(receiver, stoppingToken);
            return [];
        }
    }

    protected override void OnInterrupted(Exception exception) => Log.Interrupted(logger, exception.Message);

    /// <summary>One attempt. False if the endpoint could not be reached or wants no more events.</summary>
    private async Task<bool> DeliverAsync(WebhookTarget target, WebhookDelivery delivery)
    {
        var answer = signature.Sign(delivery.Event, target.Id, target.Secrets) is { } request
            ? await sender.SendAsync(target.Url, request, CancellationToken.None)
            : new WebhookAnswer(null, "the master key of its secret is not loaded", Reachable: true);
        WebhookMetrics.Count(answer.IsAcknowledged);
        if (answer.IsAcknowledged)
        {
            await store.Table.AcknowledgeAsync(delivery.Id, answer.Status!.Value);
            Log.Delivered(logger, target.Id, delivery.Event.Type, delivery.Event.Id, delivery.Attempts);
            return true;
        }

        await store.Table.FailAsync(
            delivery.Id,
            delivery.Attempts,
            answer.Status,
            answer.Error,
            DeliveryPause.After(options.Value.FirstPause, options.Value.MaxPause, delivery.Attempts),
            answer.IsGone ? TimeSpan.Zero : options.Value.GiveUpAfter
        );
        var (type, id) = (delivery.Event.Type, delivery.Event.Id);
        Log.Failed(logger, target.Id, type, id, delivery.Attempts, answer.Status, answer.Error);
        if (answer.IsGone && await store.DisableAsync(target.Id, "it answered 410 Gone", CancellationToken.None) > 0)
            Log.Disabled(logger, target.Id);
        return answer.Reachable && !answer.IsGone;
    }
}
