namespace Identity.Core.Passwords;

/// <summary>A place in the queue for hashes.</summary>
internal abstract class HashTicket
{
    /// <summary>Does the work, on the thread of the place.</summary>
    public abstract void Run();

    /// <summary>No turn will come.</summary>
    public abstract void TurnAway(TimeSpan retryAfter);
}

/// <inheritdoc />
internal sealed class HashTicket<T>(Func<T> work) : HashTicket
{
    // Continuations elsewhere: the thread hashes, and does not answer requests.
    private readonly TaskCompletionSource<HashTurn<T>> _turn = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What came of it.</summary>
    public Task<HashTurn<T>> Turn => _turn.Task;

    /// <inheritdoc />
    public override void Run()
    {
        try
        {
            _turn.SetResult(new HashTurn<T>.Done(work()));
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // It is thrown where the result is awaited; the thread goes on for others.
            _turn.SetException(exception);
        }
    }

    /// <inheritdoc />
    public override void TurnAway(TimeSpan retryAfter) => _turn.SetResult(new HashTurn<T>.Busy(retryAfter));
}
