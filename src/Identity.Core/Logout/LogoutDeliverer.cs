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
) : DeliveryLoop<string>(listener)
{
    protected override Task<List<string>> DueAsync(string[] busy, CancellationToken cancellationToken) =>
        store.DueClientsAsync(busy, cancellationToken);

    protected override Task<TimeSpan?> UntilNextAsync(string[] busy, CancellationToken cancellationToken) =>
        store.UntilNextAsync(busy, cancellationToken);

    protected override Task ServeAsync(string receiver, CancellationToken stoppingToken) =>
        clients.Find(receiver) is { BackchannelLogoutUri: { } address } client
            ? DeliverAllAsync(
                () => store.ClaimAsync(client.Id, options.Value.ParallelPerClient, stoppingToken),
                delivery => DeliverAsync(client, address, delivery),
                pause => store.PostponeAsync(client.Id, pause, stoppingToken),
                stoppingToken
            )
            : store.CloseAsNotApplicableAsync(receiver, stoppingToken);

    protected override void OnInterrupted(Exception exception) => Log.Interrupted(logger, exception.Message);

    /// <summary>One attempt. Returns how long to leave the client alone, or null if it could be reached.</summary>
    private async Task<TimeSpan?> DeliverAsync(Client client, Uri address, LogoutDelivery delivery)
    {
        var answer = tokens.Create(client, delivery) is { } token
            ? await sender.SendAsync(address, token, CancellationToken.None)
            : new LogoutAnswer(null, "no key can sign the logout token", Reachable: true);
        LogoutMetrics.Count(client.Id, answer.IsAcknowledged);
        if (answer.IsAcknowledged)
        {
            await store.AcknowledgeAsync(delivery, answer.Status!.Value, CancellationToken.None);
            Log.Delivered(logger, client.Id, delivery.SessionId, delivery.Attempts);
            return null;
        }

        var pause = DeliveryPause.After(options.Value.FirstPause, options.Value.MaxPause, delivery.Attempts);
        await store.FailAsync(delivery, answer, pause, options.Value.GiveUpAfter, CancellationToken.None);
        Log.Failed(logger, client.Id, delivery.SessionId, delivery.Attempts, answer.Status, answer.Error);
        return answer.Reachable ? null : pause;
    }
}
