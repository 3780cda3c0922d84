namespace Identity.Core.Passwords;

/// <summary>An entry of the hash queue.</summary>
internal abstract class HashTicket
{
    /// <summary>Does the work, on a hashing thread.</summary>
    public abstract void Run();

    /// <summary>No turn will come.</summary>
    public abstract void TurnAway(TimeSpan retryAfter);
}

/// <inheritdoc />
internal sealed class HashTicket<T>(Func<T> work) : HashTicket
{
    // Continuations run elsewhere, so that the hashing thread does not answer requests.
    private readonly TaskCompletionSource<HashTurn<T>> _turn = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The result.</summary>
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
            // It is rethrown where the result is awaited; the thread continues.
            _turn.SetException(exception);
        }
    }

    /// <inheritdoc />
    public override void TurnAway(TimeSpan retryAfter) => _turn.SetResult(new HashTurn<T>.Busy(retryAfter));
}
