using Identity.Core.Clients;
using Identity.Core.Deliveries;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Identity.Core.Logout;

/// <summary> Notifies clients of the end of sessions (OpenID Connect Back-Channel Logout 1.0), on every instance. One
/// instance at a time claims a row of the ledger, and an acknowledged message is never sent again. Clients are served
/// independently, so one that hangs does not delay the others.
/// </summary>
internal sealed class LogoutDeliverer(
    LogoutDeliveryStore store,
    ClientRegistry clients,
    ILogoutTokenFactory tokens,
    ILogoutSender sender,
    LogoutListener listener,
    IOptions<LogoutOptions> options,
    ILogger<LogoutDeliverer> logger
) : DeliveryLoop<string>(store.Table, listener)
{
    protected override TimeSpan FirstRest => options.Value.FirstPause;

    protected override async Task<bool> ServeAsync(string receiver, CancellationToken stoppingToken)
    {
        if (clients.Find(receiver) is { BackchannelLogoutUri: { } address } client)
            return await DeliverAllAsync(
                () => store.ClaimAsync(client.Id, options.Value.ParallelPerClient, stoppingToken),
                delivery => DeliverAsync(client, address, delivery),
                stoppingToken
            );
        await store.CloseAsNotApplicableAsync(receiver, stoppingToken);
        return true;
    }

    protected override void OnInterrupted(Exception exception) => Log.Interrupted(logger, exception.Message);

    /// <summary>One attempt. False if the client could not be reached.</summary>
    private async Task<bool> DeliverAsync(Client client, Uri address, LogoutDelivery delivery)
    {
        var answer = tokens.Create(client, delivery) is { } token
            ? await sender.SendAsync(address, token, CancellationToken.None)
            : new LogoutAnswer(null, "no key can sign the logout token", Reachable: true);
        LogoutMetrics.Count(client.Id, answer.IsAcknowledged);
        if (answer.IsAcknowledged)
        {
            await store.Table.AcknowledgeAsync(delivery.Id, answer.Status!.Value);
            Log.Delivered(logger, client.Id, delivery.SessionId, delivery.Attempts);
            return true;
        }

        await store.Table.FailAsync(
            delivery.Id,
            delivery.Attempts,
            answer.Status,
            answer.Error,
            DeliveryPause.After(options.Value.FirstPause, options.Value.MaxPause, delivery.Attempts),
            options.Value.GiveUpAfter
        );
        Log.Failed(logger, client.Id, delivery.SessionId, delivery.Attempts, answer.Status, answer.Error);
        return answer.Reachable;
    }
}
