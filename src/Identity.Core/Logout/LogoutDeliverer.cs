using System.Collections.Concurrent;
using Identity.Core.Clients;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

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
) : BackgroundService
{
    // The longest sleep, and so the longest delay after a lost notification.
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan MinSleep = TimeSpan.FromMilliseconds(20);

    private readonly ConcurrentDictionary<string, Task> _turns = new(StringComparer.Ordinal);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var sleep = PollInterval;
            try
            {
                foreach (var clientId in await store.DueClientsAsync(Busy(), stoppingToken))
                    BeginTurn(clientId, stoppingToken);
                sleep = await store.UntilNextAsync(Busy(), stoppingToken) ?? PollInterval;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }
            catch (Exception exception)
                when (exception is NpgsqlException or TimeoutException or IOException or InvalidOperationException)
            {
                Log.Interrupted(logger, exception.Message);
            }
            await SleepAsync(sleep, stoppingToken);
        }
        await Task.WhenAll(_turns.Values);
    }

    private string[] Busy() => [.. _turns.Keys];

    private async Task SleepAsync(TimeSpan wanted, CancellationToken stoppingToken)
    {
        try
        {
            await listener.WaitAsync(
                TimeSpan.FromTicks(Math.Clamp(wanted.Ticks, MinSleep.Ticks, PollInterval.Ticks)),
                stoppingToken
            );
        }
        catch (OperationCanceledException)
        {
            // The host is stopping; the loop ends.
        }
    }

    private void BeginTurn(string clientId, CancellationToken stoppingToken)
    {
        // Added before it runs, so that it can be removed at its end.
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (_turns.TryAdd(clientId, gate.Task))
            _ = Task.Run(() => TurnAsync(clientId, gate, stoppingToken), CancellationToken.None);
    }

    private async Task TurnAsync(string clientId, TaskCompletionSource gate, CancellationToken stoppingToken)
    {
        try
        {
            if (clients.Find(clientId) is not { BackchannelLogoutUri: { } address } client)
                await store.CloseAsNotApplicableAsync(clientId, stoppingToken);
            else
                await DeliverAllAsync(client, address, stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Rows that were claimed but not sent are due again when their lease ends.
        }
        catch (Exception exception)
            when (exception is NpgsqlException or TimeoutException or IOException or InvalidOperationException)
        {
            Log.Interrupted(logger, exception.Message);
        }
        finally
        {
            _turns.TryRemove(clientId, out _);
            gate.SetResult();
            listener.Signal();
        }
    }

    private async Task DeliverAllAsync(Client client, Uri address, CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var claimed = await store.ClaimAsync(client.Id, options.Value.ParallelPerClient, stoppingToken);
            if (claimed.Count == 0)
                return;
            // An attempt that began is finished even if the host stops, because its result must reach the ledger.
            var pauses = await Task.WhenAll(claimed.Select(delivery => DeliverAsync(client, address, delivery)));
            if (pauses.Max() is { } pause)
            {
                await store.PostponeAsync(client.Id, pause, stoppingToken);
                return;
            }
        }
    }

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

        var pause = LogoutRetry.Pause(options.Value, delivery.Attempts);
        await store.FailAsync(delivery, answer, pause, options.Value.GiveUpAfter, CancellationToken.None);
        Log.Failed(logger, client.Id, delivery.SessionId, delivery.Attempts, answer.Status, answer.Error);
        return answer.Reachable ? null : pause;
    }
}
