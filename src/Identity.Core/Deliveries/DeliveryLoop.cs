using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace Identity.Core.Deliveries;

/// <summary> Delivers the rows of a table on every instance. Receivers are served independently, one turn at a time
/// each, so one that hangs delays no other. Runs until the host stops: no failure of the database ends it. </summary>
/// <typeparam name="TKey">What identifies a receiver.</typeparam>
internal abstract class DeliveryLoop<TKey>(DeliverySignal signal) : BackgroundService
    where TKey : notnull
{
    // The longest sleep, and so the longest delay after a lost notification.
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan MinSleep = TimeSpan.FromMilliseconds(20);

    // What is due but may not be claimed yet is looked at again so often.
    private static readonly TimeSpan BlockedInterval = TimeSpan.FromMilliseconds(200);

    private readonly ConcurrentDictionary<TKey, Task> _turns = new();

    /// <summary>The receivers with due rows, except those that this instance is serving.</summary>
    protected abstract Task<List<TKey>> DueAsync(TKey[] busy, CancellationToken cancellationToken);

    /// <summary>The time until the next row is due for another receiver than those; null if there is none.</summary>
    protected abstract Task<TimeSpan?> UntilNextAsync(TKey[] busy, CancellationToken cancellationToken);

    /// <summary>Delivers what is due for one receiver.</summary>
    protected abstract Task ServeAsync(TKey receiver, CancellationToken stoppingToken);

    /// <summary>The database failed; the loop continues.</summary>
    protected abstract void OnInterrupted(Exception exception);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var sleep = PollInterval;
            try
            {
                var due = await DueAsync(Busy(), stoppingToken);
                foreach (var receiver in due)
                    BeginTurn(receiver, stoppingToken);
                sleep = await UntilNextAsync(Busy(), stoppingToken) ?? PollInterval;
                if (due.Count == 0 && sleep < BlockedInterval)
                    sleep = BlockedInterval;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }
            catch (Exception exception) when (IsPassing(exception))
            {
                OnInterrupted(exception);
            }
            await SleepAsync(sleep, stoppingToken);
        }
        await Task.WhenAll(_turns.Values);
    }

    /// <summary>Delivers batch after batch until nothing is due or the receiver cannot be reached.</summary>
    /// <param name="claim">Claims a batch.</param>
    /// <param name="attempt">One attempt, with its result written. Returns how long to leave the receiver alone, or
    /// null if it could be reached.</param>
    /// <param name="postpone">Lets the receiver's other rows wait too.</param>
    protected static async Task DeliverAllAsync<T>(
        Func<Task<List<T>>> claim,
        Func<T, Task<TimeSpan?>> attempt,
        Func<TimeSpan, Task> postpone,
        CancellationToken stoppingToken
    )
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var claimed = await claim();
            if (claimed.Count == 0)
                return;
            // An attempt that began is finished even if the host stops, because its result must reach the ledger.
            var pauses = await Task.WhenAll(claimed.Select(attempt));
            if (pauses.Max() is { } pause)
            {
                await postpone(pause);
                return;
            }
        }
    }

    private TKey[] Busy() => [.. _turns.Keys];

    private static bool IsPassing(Exception exception) =>
        exception is NpgsqlException or TimeoutException or IOException or InvalidOperationException;

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
            await ServeAsync(receiver, stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Rows that were claimed but not sent are due again when their lease ends.
        }
        catch (Exception exception) when (IsPassing(exception))
        {
            OnInterrupted(exception);
        }
        finally
        {
            _turns.TryRemove(receiver, out _);
            gate.SetResult();
            signal.Signal();
        }
    }
}
