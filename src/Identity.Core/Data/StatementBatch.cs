using System.Diagnostics;
using System.Text;
using Npgsql;

namespace Identity.Core.Data;

/// <summary> Combines requests of the same moment into one statement: requests that arrive during a round trip go
/// together with the next one. There is no timer, and a single request goes at once. It knows nothing about the
/// requests' content. The statement must never wait for a lock, because the whole batch would wait with it.
/// </summary>
/// <param name="run">Runs one statement for all given requests and returns an answer or null for each.</param>
internal sealed class StatementBatch<TAsk, TAnswer>(Func<IReadOnlyList<TAsk>, Task<TAnswer?[]>> run)
    where TAnswer : class
{
    /// <summary>The maximum number of requests in one statement. Larger batches gain little, and the requests wait
    /// longer for each other.</summary>
    internal const int MaxSize = 64;

    /// <summary>The maximum number of waiting requests. Further ones run alone, within the limits of the connection
    /// pool.</summary>
    internal const int MaxWaiting = 1024;

    // Two parallel statements halve each other's batches, so the second one starts only if the first is slow.
    private const int MaxRunning = 2;
    internal static readonly TimeSpan Slow = TimeSpan.FromMilliseconds(50);

    // About as long as a statement takes on a busy machine.
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(2);

    private readonly Lock _gate = new();
    private readonly Queue<Asked> _waiting = [];
    private int _running;
    private long _startedAt;

    /// <summary>Returns the answer, or null if the statement had none or the whole batch was refused. The caller then
    /// asks on its own.</summary>
    /// <exception cref="NpgsqlException">The connection was lost or timed out, so the outcome of the statement is
    /// unknown.</exception>
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
        // Without the execution context of the first request, whose counters and traces do not belong to the batch.
        ThreadPool.UnsafeQueueUserWorkItem(static batch => _ = batch.RunAsync(), this, preferLocal: false);
        return asked;
    }

    private async Task RunAsync()
    {
        while (Take() is { Count: > 0 } batch)
        {
            await AnswerAsync(batch);
            await GatherAsync();
        }
    }

    // Yields to the callers that were just answered, so that their next requests form one batch. While work waits for a
    // processor, the next requests are part of it: letting it go first costs no time that could be used otherwise, and
    // without it a batch on a busy machine has two or three requests. On an idle one nothing waits.
    private static async Task GatherAsync()
    {
        var answered = Stopwatch.GetTimestamp();
        do await Task.Yield();
        while (ThreadPool.PendingWorkItemCount > 0 && Stopwatch.GetElapsedTime(answered) < Gathering);
    }

    private async Task AnswerAsync(List<Asked> batch)
    {
        try
        {
            var answers = await run([.. batch.Select(static asked => asked.Ask)]);
            for (var i = 0; i < batch.Count; i++)
                batch[i].Answer.TrySetResult(answers[i]);
        }
        // The server or the encoding refused one request's value. Nothing happened, and each request runs alone.
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
        // Observed, because the caller may have left.
        _ = asked.Answer.Task.Exception;
    }

    // The next batch. An empty one means that nobody waits, and this runner ends.
    private List<Asked> Take()
    {
        List<Asked> batch = [];
        lock (_gate)
        {
            while (batch.Count < MaxSize && _waiting.TryDequeue(out var asked))
            {
                // A caller that has left is removed if the statement has not been sent.
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
