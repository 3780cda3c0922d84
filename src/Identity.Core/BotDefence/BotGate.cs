using System.Net;
using Identity.Core.Throttling;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Identity.Core.BotDefence;

/// <summary>What the gate says to a form that was sent.</summary>
public abstract record BotGateResult
{
    private BotGateResult() { }

    /// <summary>Go on.</summary>
    /// <param name="AsksNext">The next form from there is asked.</param>
    /// <param name="IsLast">This one was the last before that.</param>
    public sealed record Open(bool AsksNext, bool IsLast = false) : BotGateResult;

    /// <summary>Not without an answer to this. Whoever cannot answer waits for <paramref name="RetryAfter"/>, when
    /// nothing is asked for a while.</summary>
    public sealed record Asks(BotChallengePrompt Prompt, TimeSpan RetryAfter) : BotGateResult;

    /// <summary>The service that judges answers cannot be asked, and nobody passes meanwhile.</summary>
    public sealed record Unavailable(TimeSpan RetryAfter) : BotGateResult;
}

/// <summary>
/// Stands before the forms that machines like, and asks for a challenge only when an address has sent many
/// (<see cref="BotDefenceOptions.AskAfterAttempts"/>). Its counter is
/// one of <see cref="AttemptLimiter"/>, shared by all instances and forms; it knows no account, so that its answer
/// tells nothing of one (EN-1). The limits on accounts and addresses hold behind it all the same (BF-5).
/// </summary>
public sealed class BotGate(
    AttemptLimiter limiter,
    IOptions<BotDefenceOptions> options,
    ILogger<BotGate> logger,
    IBotChallenge? challenge = null
)
{
    /// <summary>For how long an address is asked, once it is.</summary>
    private static readonly TimeSpan Watch = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(30);

    private readonly BotDefenceOptions _options = options.Value;

    /// <summary>A new challenge for a page about to be shown, or null when nothing is asked of this address.</summary>
    public async Task<BotChallengePrompt?> PromptAsync(IPAddress? address, CancellationToken cancellationToken) =>
        challenge is not null
        && (_options.AskAfterAttempts == 0 || await limiter.IsLockedAsync(Key(address), cancellationToken))
            ? challenge.Issue()
            : null;

    /// <summary>A challenge, whoever asks: for a form that is shown again.</summary>
    public BotChallengePrompt? Prompt() => challenge?.Issue();

    /// <summary>Counts a form, and judges its answer where one is due.</summary>
    /// <param name="answer">The field named by the prompt; hostile.</param>
    public async Task<BotGateResult> PassAsync(IPAddress? address, string? answer, CancellationToken cancellationToken)
    {
        if (challenge is null)
            return new BotGateResult.Open(false);
        var wait = Watch;
        if (_options.AskAfterAttempts > 0)
        {
            switch (
                await limiter.ReserveAsync(
                    Key(address),
                    new(_options.AskAfterAttempts, Watch, Watch),
                    cancellationToken
                )
            )
            {
                case Reservation.Granted granted:
                    return new BotGateResult.Open(granted.StartedLock, granted.StartedLock);
                case Reservation.Refused refused:
                    wait = refused.RetryAfter;
                    break;
            }
        }

        switch (await challenge.VerifyAsync(answer, address, cancellationToken))
        {
            case BotChallengeResult.Passed:
                return new BotGateResult.Open(true);
            case BotChallengeResult.Unavailable unavailable:
                Log.ChallengeUnavailable(logger, challenge.Kind, unavailable.Reason);
                return _options.PassWhenUnavailable
                    ? new BotGateResult.Open(true)
                    : new BotGateResult.Unavailable(Pause);
            case BotChallengeResult.Refused refused:
                Log.ChallengeRefused(logger, challenge.Kind, refused.Reason);
                break;
        }
        return new BotGateResult.Asks(challenge.Issue(), wait);
    }

    /// <summary>The form did what it was for: it does not count. Signing in all day is no sign of a machine.</summary>
    /// <param name="passed">What the gate said to it. A watch that began with this form ends with it; one that was on
    /// before stays.</param>
    public Task ForgiveAsync(IPAddress? address, BotGateResult.Open passed, CancellationToken cancellationToken)
    {
        if (challenge is null || _options.AskAfterAttempts == 0)
            return Task.CompletedTask;
        return passed.IsLast
            ? limiter.ReleaseAsync(Key(address), cancellationToken)
            : limiter.ForgiveAsync(Key(address), cancellationToken);
    }

    /// <summary>The field in which the answer comes.</summary>
    public string ResponseField => challenge?.ResponseField ?? _options.ResponseField;

    private AttemptKey Key(IPAddress? address) => limiter.Key("bot_gate", address);
}
