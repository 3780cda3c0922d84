using Identity.Core.Data;

namespace Identity.Core.Throttling;

/// <summary>What came of asking for an attempt.</summary>
public abstract record AttemptStart
{
    private AttemptStart() { }

    /// <summary>The attempt may be judged.</summary>
    public sealed record Granted(Attempt Attempt) : AttemptStart;

    /// <summary>The lock is on, or as many attempts as allowed wait for their judgement.</summary>
    public sealed record Refused(TimeSpan RetryAfter) : AttemptStart;
}

/// <summary>What a failed attempt did to its counter.</summary>
/// <param name="Failures">Failed attempts in a row, this one included; 0 when the counter was cleared
/// meanwhile.</param>
/// <param name="LockedUntil">Set for the one failure that started the lock: its caller tells the owner.</param>
public readonly record struct AttemptFailure(int Failures, DateTimeOffset? LockedUntil)
{
    /// <summary>Whether this failure started the lock.</summary>
    public bool StartedLock => LockedUntil is not null;
}

/// <summary>
/// One attempt at a secret, reserved before it is judged. It ends in one of three ways: it failed, it succeeded, or
/// nobody judged it and disposing gives it back. None of them depends on the request that made it: a caller that hangs
/// up after the reservation can neither keep a place nor avoid the count.
/// </summary>
public sealed class Attempt : IAsyncDisposable
{
    private readonly AttemptLimiter _limiter;
    private readonly AttemptKey _key;
    private readonly AttemptLimit _limit;
    private bool _isSettled;

    internal Attempt(AttemptLimiter limiter, AttemptKey key, AttemptLimit limit) =>
        (_limiter, _key, _limit) = (limiter, key, limit);

    /// <summary>The secret was wrong. Call it in the transaction that writes what the owner is told, so that no lock
    /// begins in silence.</summary>
    public Task<AttemptFailure> FailAsync(DatabaseTransaction transaction)
    {
        // Settled before the statement runs: an attempt that was judged is never given back, whatever the database
        // does now.
        _isSettled = true;
        return AttemptLimiter.FailAsync(transaction, _key, _limit);
    }

    /// <summary>The secret was right: the failures before it are forgotten.</summary>
    public Task SucceedAsync(DatabaseTransaction transaction)
    {
        _isSettled = true;
        return _limiter.ClearAsync(transaction, _key, CancellationToken.None);
    }

    /// <summary>The secret was right, and the caller forgets the failures of this counter in a statement of its
    /// own.</summary>
    public AttemptKey Settle()
    {
        _isSettled = true;
        return _key;
    }

    /// <summary>Gives the attempt back when nobody judged it.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_isSettled)
            return;
        _isSettled = true;
        await _limiter.GiveBackAsync(_key);
    }
}
