using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;

namespace Identity.Core.Deliveries;

/// <summary>Delivers the rows of a ledger on every instance. Receivers are served independently, one turn at a time
/// each, so one that hangs delays no other. A receiver that cannot be reached is left alone for a while, and its rows
/// wait unchanged. Runs until the host stops: no failure ends it.</summary>
/// <typeparam name="TKey">What identifies a receiver.</typeparam>
internal abstract class DeliveryLoop<TKey>(DeliveryTable<TKey> table, DeliverySignal signal) : BackgroundService
    where TKey : notnull
{
    // The longest sleep, and so the longest delay after a lost notification.
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan MinSleep = TimeSpan.FromMilliseconds(20);

    // What is due but may not be claimed yet is looked at again so often.
    private static readonly TimeSpan BlockedInterval = TimeSpan.FromMilliseconds(200);

    // The longest time that a receiver is left alone: how late its return may be noticed.
    private static readonly TimeSpan MaxRest = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<TKey, Task> _turns = new();
    private readonly ConcurrentDictionary<TKey, int> _unreached = new();

    /// <summary>How long a receiver is left alone after it could not be reached for the first time; it doubles.
    /// </summary>
    protected abstract TimeSpan FirstRest { get; }

    /// <summary>Delivers what is due for one receiver. False if it could not be reached.</summary>
    protected abstract Task<bool> ServeAsync(TKey receiver, CancellationToken stoppingToken);

    /// <summary>The database failed, or there is a bug; the loop continues.</summary>
    protected abstract void OnInterrupted(Exception exception);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var sleep = PollInterval;
            try
            {
                sleep = await BeginTurnsAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }
            catch (Exception exception)
            {
                OnInterrupted(exception);
            }
            await SleepAsync(sleep, stoppingToken);
        }
        await Task.WhenAll(_turns.Values);
    }

    /// <summary>Delivers batch after batch until nothing is due. False if the receiver could not be reached.</summary>
    /// <param name="claim">Claims a batch.</param>
    /// <param name="attempt">One attempt, with its result written. False if the receiver could not be reached.</param>
    protected static async Task<bool> DeliverAllAsync<T>(
        Func<Task<List<T>>> claim,
        Func<T, Task<bool>> attempt,
        CancellationToken stoppingToken
    )
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var claimed = await claim();
            if (claimed.Count == 0)
                return true;
            // An attempt that began is finished even if the host stops, because its result must reach the ledger.
            var reached = await Task.WhenAll(claimed.Select(attempt));
            if (!Array.TrueForAll(reached, static one => one))
                return false;
        }
        return true;
    }

    /// <summary>Begins a turn for each receiver with due rows. Returns how long to sleep.</summary>
    private async Task<TimeSpan> BeginTurnsAsync(CancellationToken stoppingToken)
    {
        var due = await table.DueAsync(Busy(), stoppingToken);
        foreach (var receiver in due)
            BeginTurn(receiver, stoppingToken);
        var sleep = await table.UntilNextAsync(Busy(), stoppingToken) ?? PollInterval;
        return due.Count == 0 && sleep < BlockedInterval ? BlockedInterval : sleep;
    }

    private TKey[] Busy() => [.. _turns.Keys];

    private async Task SleepAsync(TimeSpan wanted, CancellationToken stoppingToken)
    {
        try
        {
            await signal.WaitAsync(
                TimeSpan.FromTicks(Math.Clamp(wanted.Ticks, MinSleep.Ticks, PollInterval.Ticks)),
                stoppingToken
            );
        }
        catch (OperationCanceledException)
        {
            // The host is stopping; the loop ends.
        }
    }

    private void BeginTurn(TKey receiver, CancellationToken stoppingToken)
    {
        // Added before it runs, so that it can be removed at its end.
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (_turns.TryAdd(receiver, gate.Task))
            _ = Task.Run(() => TurnAsync(receiver, gate, stoppingToken), CancellationToken.None);
    }

    private async Task TurnAsync(TKey receiver, TaskCompletionSource gate, CancellationToken stoppingToken)
    {
        try
        {
            if (await ReachesAsync(receiver, stoppingToken))
                _unreached.TryRemove(receiver, out _);
            else
                // The turn goes on, so that no other begins meanwhile.
                await RestAsync(receiver, stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Rows that were claimed but not sent are due again when their lease ends.
        }
        finally
        {
            _turns.TryRemove(receiver, out _);
            gate.SetResult();
            signal.Signal();
        }
    }

    private async Task<bool> ReachesAsync(TKey receiver, CancellationToken stoppingToken)
    {
        try
        {
            return await ServeAsync(receiver, stoppingToken);
        }
        catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
        {
            OnInterrupted(exception);
            return false;
        }
    }

    private Task RestAsync(TKey receiver, CancellationToken stoppingToken)
    {
        var failures = _unreached.AddOrUpdate(receiver, 1, static (_, count) => count + 1);
        var longest = FirstRest > MaxRest ? FirstRest : MaxRest;
        return Task.Delay(DeliveryPause.After(FirstRest, longest, failures), stoppingToken);
    }
}
