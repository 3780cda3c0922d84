using System.Collections.Concurrent;
using Identity.Core.Clients;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Identity.Core.Logout;

/// <summary>
/// Tells clients that sessions are over (OpenID Connect Back-Channel Logout 1.0), on every instance: a row of the
/// ledger is claimed by one of them at a time, and what a client has acknowledged is never sent again. Each client has
/// a turn of its own, so one that hangs keeps no other waiting.
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
    // The longest sleep: what a lost notification costs at most.
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
            // The host stops; the loop sees it.
        }
    }

    private void BeginTurn(string clientId, CancellationToken stoppingToken)
    {
        // Entered before it runs, so that it is there to be removed at its end.
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
            // What was claimed and not sent is due again when its lease is over.
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
            // An attempt that began is finished even when the host stops: its answer must reach the ledger.
            var pauses = await Task.WhenAll(claimed.Select(delivery => DeliverAsync(client, address, delivery)));
            if (pauses.Max() is { } pause)
            {
                await store.PostponeAsync(client.Id, pause, stoppingToken);
                return;
            }
        }
    }

    /// <summary>One attempt. Returns for how long the client had better be left alone, or null when it could be
    /// reached.</summary>
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
