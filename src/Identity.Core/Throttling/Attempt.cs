using Identity.Core.Data;

namespace Identity.Core.Throttling;

/// <summary>The outcome of requesting an attempt.</summary>
public abstract record AttemptStart
{
    private AttemptStart() { }

    /// <summary>The secret may be checked.</summary>
    public sealed record Granted(Attempt Attempt) : AttemptStart;

    /// <summary>The lock is active, or the allowed number of attempts is already in progress.</summary>
    public sealed record Refused(TimeSpan RetryAfter) : AttemptStart;
}

/// <summary>The effect of a failed attempt on its counter.</summary>
/// <param name="Failures">Failed attempts in a row, including this one; 0 if the counter was cleared meanwhile.</param>
/// <param name="LockedUntil">Set only for the failure that started the lock: its caller notifies the owner.</param>
public readonly record struct AttemptFailure(int Failures, DateTimeOffset? LockedUntil)
{
    /// <summary>Whether this failure started the lock.</summary>
    public bool StartedLock => LockedUntil is not null;
}

/// <summary> One attempt at a secret, reserved before the secret is checked. It ends in one of three ways: it failed,
/// it succeeded, or it was not checked and disposing it releases it. None of them depends on the client's connection: a
/// client that disconnects after the reservation can neither block a place nor avoid the count.
/// </summary>
public sealed class Attempt : IAsyncDisposable
{
    private readonly AttemptLimiter _limiter;
    private readonly AttemptKey _key;
    private readonly AttemptLimit _limit;
    private bool _isSettled;

    internal Attempt(AttemptLimiter limiter, AttemptKey key, AttemptLimit limit) =>
        (_limiter, _key, _limit) = (limiter, key, limit);

    /// <summary>The secret was wrong. Call it in the transaction that queues the owner's notice, so that no lock begins
    /// without one.</summary>
    public Task<AttemptFailure> FailAsync(DatabaseTransaction transaction)
    {
        // Settled before the statement runs: an attempt that was checked is never released, even if the statement
        // fails.
        _isSettled = true;
        return AttemptLimiter.FailAsync(transaction, _key, _limit);
    }

    /// <summary>The secret was right: earlier failures are cleared.</summary>
    public Task SucceedAsync(DatabaseTransaction transaction)
    {
        _isSettled = true;
        return _limiter.ClearAsync(transaction, _key, CancellationToken.None);
    }

    /// <summary>The secret was right, and the caller clears the failures of this counter in its own
    /// statement.</summary>
    public AttemptKey Settle()
    {
        _isSettled = true;
        return _key;
    }

    /// <summary>Releases the attempt if the secret was not checked.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_isSettled)
            return;
        _isSettled = true;
        await _limiter.GiveBackAsync(_key);
    }
}
