namespace Identity.Core.Data;

/// <summary> Limits how long a cancelled caller waits for the database. A server that hangs does not answer a
/// cancellation either, and the driver waits for the connection to break, long after the request's time is over. So the
/// caller leaves after <see cref="Grace"/>; the work ends by itself and then returns its connection.
/// </summary>
internal static class Patience
{
    /// <summary>Ample for a healthy server, which ends a cancelled command or a commit within milliseconds.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    /// <summary>Returns the result if the caller is still waiting for it.</summary>
    /// <param name="running">The work, which has its own cancellation.</param>
    /// <param name="leave">Called when the caller leaves the work running.</param>
    /// <param name="cancellationToken">Cancelled when the caller's time is over.</param>
    /// <exception cref="TimeoutException">The caller was cancelled and the grace is over.</exception>
    public static async Task<T> WaitAsync<T>(Task<T> running, Action<Task> leave, CancellationToken cancellationToken)
    {
        if (await IsOverAsync(running, cancellationToken))
            return await running;
        leave(running);
        // Observed, because nobody handles its failure any more.
        _ = running.ContinueWith(static ended => ended.Exception, TaskScheduler.Default);
        throw new TimeoutException("The database did not answer within the time of the request.");
    }

    /// <summary>Waits until the work has ended. False if the caller was cancelled and the grace is over.</summary>
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
