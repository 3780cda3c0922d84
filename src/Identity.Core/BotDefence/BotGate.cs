using System.Net;
using Identity.Core.Throttling;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Identity.Core.BotDefence;

/// <summary>The gate's answer to a submitted form.</summary>
public abstract record BotGateResult
{
    private BotGateResult() { }

    /// <summary>Go on.</summary>
    /// <param name="Next">The challenge for the next form from this address; null if there is none.</param>
    /// <param name="IsLast">This form was the last without a challenge.</param>
    /// <param name="WasAsked">This form was challenged.</param>
    public sealed record Open(BotChallengePrompt? Next, bool IsLast = false, bool WasAsked = false) : BotGateResult;

    /// <summary>The form needs an answer to this challenge. A person who cannot answer waits for <paramref
    /// name="RetryAfter"/>; after that, no challenge is due for a while.</summary>
    public sealed record Asks(BotChallengePrompt Prompt, TimeSpan RetryAfter) : BotGateResult;

    /// <summary>The service that judges answers cannot be reached, and nobody passes meanwhile.</summary>
    public sealed record Unavailable(TimeSpan RetryAfter) : BotGateResult;
}

/// <summary> Protects the forms that bots target. It issues a challenge only when an address has sent many (<see
/// cref="BotDefenceOptions.AskAfterAttempts"/>). The challenge becomes harder with every form that the address sends
/// while it is challenged, if the challenge has levels. IPv6 addresses are counted by /64 and, with a wider limit, by
/// /48, so that a customer with many /64s gets no fresh start in each. Its counters are those of <see
/// cref="AttemptLimiter"/>, shared by all instances and forms; it knows nothing about accounts, so that its answer
/// reveals nothing about one (EN-1).
/// The limits on accounts and addresses hold behind it all the same (BF-5).
/// </summary>
public sealed class BotGate(
    AttemptLimiter limiter,
    IOptions<BotDefenceOptions> options,
    ChallengeOutage outage,
    ILogger<BotGate> logger,
    IBotChallenge? challenge = null
)
{
    /// <summary>How long an address is challenged once it begins.</summary>
    private static readonly TimeSpan Watch = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(30);

    /// <summary>How many times the forms of one /64 a /48 may send. It may be one customer or thousands of phones, so
    /// it gets more than one /64 and far less than all 65,536 of them.</summary>
    private const int NetworksOfWide = 64;

    private readonly BotDefenceOptions _options = options.Value;

    /// <summary>A new challenge for a page about to be shown, or null if this address is not challenged.</summary>
    public async Task<BotChallengePrompt?> PromptAsync(IPAddress? address, CancellationToken cancellationToken) =>
        challenge is not null && (_options.AskAfterAttempts == 0 || await IsAskedAsync(address, cancellationToken))
            ? challenge.Issue(await AskedAsync(address, cancellationToken))
            : null;

    /// <summary>Counts a form and, if a challenge is due, judges its answer.</summary>
    /// <param name="answer">The field named by the prompt; untrusted.</param>
    public async Task<BotGateResult> PassAsync(IPAddress? address, string? answer, CancellationToken cancellationToken)
    {
        if (challenge is null)
            return new BotGateResult.Open(null);
        var wait = Watch;
        if (_options.AskAfterAttempts > 0)
        {
            var taken = await TakeAsync(address, cancellationToken);
            if (taken is Reservation.Granted granted)
                return granted.StartedLock
                    ? new BotGateResult.Open(await PromptAsync(address, cancellationToken), IsLast: true)
                    : new BotGateResult.Open(null);
            wait = ((Reservation.Refused)taken).RetryAfter;
        }
        return await JudgeAsync(challenge, address, answer, wait, cancellationToken);
    }

    // Counted before it is judged, so that any number of forms at once cannot all be judged by the count of the first.
    private async Task<BotGateResult> JudgeAsync(
        IBotChallenge challenge,
        IPAddress? address,
        string? answer,
        TimeSpan wait,
        CancellationToken cancellationToken
    )
    {
        var (before, asked) = await CountAskedAsync(address, cancellationToken);
        var result = await challenge.VerifyAsync(answer, before, address, cancellationToken);
        TellOf(result, challenge.Kind);
        switch (result)
        {
            case BotChallengeResult.Refused:
                return new BotGateResult.Asks(challenge.Issue(asked), wait);
            case BotChallengeResult.Unavailable when !_options.PassWhenUnavailable:
                return new BotGateResult.Unavailable(Pause);
        }
        return new BotGateResult.Open(challenge.Issue(asked), WasAsked: true);
    }

    // An outage is logged once, however many forms arrive meanwhile.
    private void TellOf(BotChallengeResult result, string kind)
    {
        switch (result)
        {
            case BotChallengeResult.Unavailable unavailable:
                if (outage.Failing.Fail())
                    Log.ChallengeUnavailable(logger, kind, unavailable.Reason);
                return;
            case BotChallengeResult.Refused refused:
                Log.ChallengeRefused(logger, kind, refused.Reason);
                break;
        }
        if (outage.Failing.Succeed())
            Log.ChallengeAvailable(logger, kind);
    }

    // The larger network is counted only while the smaller one is not refused: what is challenged anyway needs no
    // second limit.
    private async Task<Reservation> TakeAsync(IPAddress? address, CancellationToken cancellationToken)
    {
        AttemptLimit limit = new(_options.AskAfterAttempts, Watch, Watch);
        var own = await limiter.ReserveAsync(Key(address), limit, cancellationToken);
        return
            own is Reservation.Granted
            && WideKey(address) is { } wide
            && await limiter.ReserveAsync(
                wide,
                limit with
                {
                    Attempts = (int)Math.Min((long)_options.AskAfterAttempts * NetworksOfWide, int.MaxValue),
                },
                cancellationToken
            )
                is Reservation.Refused refused
            ? refused
            : own;
    }

    private async Task<bool> IsAskedAsync(IPAddress? address, CancellationToken cancellationToken) =>
        await limiter.IsLockedAsync(Key(address), cancellationToken)
        || (WideKey(address) is { } wide && await limiter.IsLockedAsync(wide, cancellationToken));

    private async Task<int> AskedAsync(IPAddress? address, CancellationToken cancellationToken)
    {
        var own = await limiter.CountAsync(AskedKey(address), cancellationToken);
        return AskedWideKey(address) is { } wide
            ? Math.Max(own, await limiter.CountAsync(wide, cancellationToken) / NetworksOfWide)
            : own;
    }

    // Counts a challenged form. Returns the level that its challenge must have, and that of the next one.
    private async Task<(int Before, int After)> CountAskedAsync(IPAddress? address, CancellationToken cancellationToken)
    {
        var own = await TakeAskedAsync(AskedKey(address), cancellationToken);
        if (AskedWideKey(address) is not { } key)
            return (own - 1, own);
        var wide = await TakeAskedAsync(key, cancellationToken);
        return (Math.Max(own - 1, (wide - 1) / NetworksOfWide), Math.Max(own, wide / NetworksOfWide));
    }

    private async Task<int> TakeAskedAsync(AttemptKey key, CancellationToken cancellationToken) =>
        await limiter.ReserveAsync(key, new(int.MaxValue, Watch, Watch), cancellationToken)
            is Reservation.Granted { Count: var count }
            ? count
            : int.MaxValue;

    /// <summary>The form succeeded, so it does not count. Frequent sign-ins do not indicate a bot.</summary>
    /// <param name="passed">The gate's answer to it. Challenges that began with this form end with it; earlier ones
    /// continue.</param>
    public async Task ForgiveAsync(IPAddress? address, BotGateResult.Open passed, CancellationToken cancellationToken)
    {
        if (challenge is null)
            return;
        var (own, wide) = passed.WasAsked
            ? (AskedKey(address), AskedWideKey(address))
            : (Key(address), WideKey(address));
        await (
            passed is { WasAsked: false, IsLast: true }
                ? limiter.ReleaseAsync(own, cancellationToken)
                : limiter.ForgiveAsync(own, cancellationToken)
        );
        if (wide is { } key)
            await limiter.ForgiveAsync(key, cancellationToken);
    }

    /// <summary>The field in which the answer comes.</summary>
    public string ResponseField => challenge?.ResponseField ?? _options.ResponseField;

    private AttemptKey Key(IPAddress? address) => limiter.Key("bot_gate", address);

    private AttemptKey AskedKey(IPAddress? address) => limiter.Key("bot_gate_asked", address);

    private AttemptKey? WideKey(IPAddress? address) => limiter.WideKey("bot_gate", address);

    private AttemptKey? AskedWideKey(IPAddress? address) => limiter.WideKey("bot_gate_asked", address);
}
