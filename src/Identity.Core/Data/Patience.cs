namespace Identity.Core.Data;

/// <summary>
/// How long a caller that was cancelled waits for the database. A server that hangs answers no cancellation either: the
/// driver waits for the connection to break, long after the request's time is over. So the caller leaves after
/// <see cref="Grace"/>, and what runs ends by itself and gives its connection back then.
/// </summary>
internal static class Patience
{
    /// <summary>Long for a healthy server, which ends a cancelled command or a commit in milliseconds.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    /// <summary>The result, as long as the caller waits.</summary>
    /// <param name="running">What runs, with a cancellation of its own.</param>
    /// <param name="leave">Told when the caller leaves it running.</param>
    /// <param name="cancellationToken">Says that the caller's time is over.</param>
    /// <exception cref="TimeoutException">The caller was cancelled and the grace is over.</exception>
    public static async Task<T> WaitAsync<T>(Task<T> running, Action<Task> leave, CancellationToken cancellationToken)
    {
        if (await IsOverAsync(running, cancellationToken))
            return await running;
        leave(running);
        // Nobody looks at its failure any more.
        _ = running.ContinueWith(static ended => ended.Exception, TaskScheduler.Default);
        throw new TimeoutException("The database did not answer within the time of the request.");
    }

    /// <summary>Waits until it has ended, or the caller was cancelled and the grace is over: then false.</summary>
    public static async Task<bool> IsOverAsync(Task running, CancellationToken cancellationToken)
    {
        if (running.IsCompleted)
            return true;
        if (!cancellationToken.CanBeCanceled)
        {
            await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return true;
        }

        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using (
            cancellationToken.UnsafeRegister(static source => ((TaskCompletionSource)source!).SetResult(), cancelled)
        )
            await Task.WhenAny(running, cancelled.Task);
        if (!running.IsCompleted)
            await Task.WhenAny(running, Task.Delay(Grace, CancellationToken.None));
        return running.IsCompleted;
    }
}
