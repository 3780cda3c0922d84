namespace Identity.Core.Passwords;

/// <summary>What came of waiting for a turn to hash.</summary>
public abstract record HashTurn<T>
{
    private HashTurn() { }

    /// <summary>The work was done.</summary>
    public sealed record Done(T Value) : HashTurn<T>;

    /// <summary>No turn came within two seconds: answer 503 with Retry-After.</summary>
    public sealed record Busy(TimeSpan RetryAfter) : HashTurn<T>;
}

/// <summary>Lets as many hashes run at once as there are cores less one, so that a flood of sign-ins leaves a core to
/// everything else (DO-1, DO-3). Whoever goes away while waiting is not hashed for.</summary>
public sealed class HashQueue(PasswordHasher hasher, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _workers = new(Math.Max(1, Environment.ProcessorCount - 1));

    /// <summary>A new hash.</summary>
    public Task<HashTurn<PasswordHash>> HashAsync(PlainTextPassword password, CancellationToken cancellationToken) =>
        RunAsync(() => hasher.Hash(password), cancellationToken);

    /// <summary>A comparison with a stored hash, which may be null.</summary>
    public Task<HashTurn<PasswordVerification>> VerifyAsync(
        PlainTextPassword password,
        string? stored,
        CancellationToken cancellationToken
    ) => RunAsync(() => hasher.Verify(password, stored), cancellationToken);

    /// <inheritdoc />
    public void Dispose() => _workers.Dispose();

    internal async Task<HashTurn<T>> RunAsync<T>(Func<T> work, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(MaxWait, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        var began = time.GetTimestamp();
        try
        {
            await _workers.WaitAsync(either.Token);
            HashMetrics.Record(time.GetElapsedTime(began), turn: true);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            HashMetrics.Record(time.GetElapsedTime(began), turn: false);
            return new HashTurn<T>.Busy(RetryAfter);
        }
        try
        {
            return new HashTurn<T>.Done(await Task.Run(work, cancellationToken));
        }
        finally
        {
            _workers.Release();
        }
    }
}
