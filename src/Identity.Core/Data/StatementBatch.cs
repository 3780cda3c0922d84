using System.Diagnostics;
using System.Text;
using Npgsql;

namespace Identity.Core.Data;

/// <summary>
/// Joins what is asked at the same moment into one statement: requests that come while a round trip is under way go
/// together with the next one. No timer holds anybody back; alone, a request goes at once. It knows nothing of what is
/// asked. The statement must never wait for a lock, for everybody in the batch would wait with it.
/// </summary>
/// <param name="run">Runs one statement for all that are given, and returns an answer or null for each.</param>
internal sealed class StatementBatch<TAsk, TAnswer>(Func<IReadOnlyList<TAsk>, Task<TAnswer?[]>> run)
    where TAnswer : class
{
    /// <summary>The most requests in one statement. More in one gain little, and wait longer for each other.</summary>
    internal const int MaxSize = 64;

    /// <summary>The most that wait. What comes beyond goes alone, as far as the pool of connections lets it.</summary>
    internal const int MaxWaiting = 1024;

    // Two statements at once halve each other's size, so the second one goes only when the first is slow.
    private const int MaxRunning = 2;
    internal static readonly TimeSpan Slow = TimeSpan.FromMilliseconds(50);

    private readonly Lock _gate = new();
    private readonly Queue<Asked> _waiting = [];
    private int _running;
    private long _startedAt;

    /// <summary>The answer; null when the statement had none, or the whole batch was refused: then the caller asks by
    /// itself.</summary>
    /// <exception cref="NpgsqlException">The connection was lost or timed out: nobody knows what the statement
    /// did.</exception>
    public async Task<TAnswer?> AskAsync(TAsk ask, CancellationToken cancellationToken)
    {
        if (Join(ask, cancellationToken) is not { } asked)
            return null;
        SqlCommandCounter.Count();
        return await asked.Answer.Task.WaitAsync(cancellationToken);
    }

    private Asked? Join(TAsk ask, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Asked asked = new(ask, cancellationToken);
        lock (_gate)
        {
            if (_waiting.Count >= MaxWaiting)
                return null;
            _waiting.Enqueue(asked);
            if (_running >= MaxRunning || (_running > 0 && Stopwatch.GetElapsedTime(_startedAt) < Slow))
                return asked;
            _running++;
            _startedAt = Stopwatch.GetTimestamp();
        }
        // Not in the flow of the request that happens to be first: what it counts or traces is not everybody's.
        ThreadPool.UnsafeQueueUserWorkItem(static batch => _ = batch.RunAsync(), this, preferLocal: false);
        return asked;
    }

    private async Task RunAsync()
    {
        while (Take() is { Count: > 0 } batch)
        {
            await AnswerAsync(batch);
            // Behind those who have just been answered: what they ask next goes together, and not one by one.
            await Task.Yield();
        }
    }

    private async Task AnswerAsync(List<Asked> batch)
    {
        try
        {
            var answers = await run([.. batch.Select(static asked => asked.Ask)]);
            for (var i = 0; i < batch.Count; i++)
                batch[i].Answer.TrySetResult(answers[i]);
        }
        // A value of one that the server or the encoding refuses: nothing happened, and each goes alone.
        catch (Exception refused) when (refused is PostgresException or EncoderFallbackException)
        {
            foreach (var asked in batch)
                asked.Answer.TrySetResult(null);
        }
        catch (Exception exception)
        {
            foreach (var asked in batch)
                Fail(asked, exception);
        }
    }

    private static void Fail(Asked asked, Exception exception)
    {
        asked.Answer.TrySetException(exception);
        // Where the caller has left, nobody else looks at it.
        _ = asked.Answer.Task.Exception;
    }

    // What goes next; nothing when nobody waits, and then this runner has ended.
    private List<Asked> Take()
    {
        List<Asked> batch = [];
        lock (_gate)
        {
            while (batch.Count < MaxSize && _waiting.TryDequeue(out var asked))
            {
                // Who has left is taken out, as long as the statement has not gone.
                if (!asked.Cancellation.IsCancellationRequested)
                    batch.Add(asked);
            }
            if (batch.Count == 0)
                _running--;
            else
                _startedAt = Stopwatch.GetTimestamp();
        }
        return batch;
    }

    private sealed record Asked(TAsk Ask, CancellationToken Cancellation)
    {
        public TaskCompletionSource<TAnswer?> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
