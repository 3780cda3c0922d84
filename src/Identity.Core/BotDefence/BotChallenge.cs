using System.Net;

namespace Identity.Core.BotDefence;

// BotDefence owns the question "is there a machine behind this form?": the challenge, and whether the answer is right.
// Throttling decides when to ask; BotGate combines the two and knows nothing about accounts. No page depends on a third
// party unless it is configured to.

/// <summary>The challenge that a page shows when an address has tried too often.</summary>
/// <param name="Kind"><c>proof-of-work</c>, or the name of the configured service.</param>
/// <param name="Challenge">What the browser must answer; opaque to the page. For a third-party service: its site
/// key.</param>
/// <param name="Difficulty">Required leading zero bits; 0 if the challenge is not a proof of work.</param>
/// <param name="ScriptUri">The script of the third-party service, which the page's CSP must allow; null if none is
/// needed.</param>
/// <param name="ResponseField">The form field in which the answer arrives.</param>
public sealed record BotChallengePrompt(
    string Kind,
    string Challenge,
    int Difficulty,
    Uri? ScriptUri,
    string ResponseField
)
{
    /// <summary>The class by which the service's script finds the element to fill; null where there is no such
    /// script.</summary>
    public string? WidgetClass { get; init; }

    /// <summary>Further origins that the service loads from, which the page's CSP must allow.</summary>
    public IReadOnlyList<string> Origins { get; init; } = [];
}

/// <summary>The verdict on an answer.</summary>
public abstract record BotChallengeResult
{
    private BotChallengeResult() { }

    /// <summary>The answer is right.</summary>
    public sealed record Passed : BotChallengeResult;

    /// <summary>The answer is wrong. <paramref name="Reason"/> is for the log only.</summary>
    public sealed record Refused(string Reason) : BotChallengeResult;

    /// <summary>The third party could not be reached. The configuration decides whether the person then passes (<see
    /// cref="BotDefenceOptions.PassWhenUnavailable"/>).</summary>
    public sealed record Unavailable(string Reason) : BotChallengeResult;
}

/// <summary>One way to tell people from machines. Implement it to add another service.</summary>
public interface IBotChallenge
{
    /// <summary>The name under which it is configured.</summary>
    string Kind { get; }

    /// <summary>The form field that carries its answers.</summary>
    string ResponseField { get; }

    /// <summary>A new challenge for a page about to be shown.</summary>
    /// <param name="asked">Forms that this address recently sent while it was challenged, without those that succeeded.
    /// A challenge with levels becomes harder with their number.</param>
    BotChallengePrompt Issue(int asked);

    /// <summary>Judges the answer of a posted form. An answer counts once.</summary>
    /// <param name="answer">The field named by <see cref="BotChallengePrompt.ResponseField"/>; untrusted.</param>
    /// <param name="asked">As for <see cref="Issue"/>, before this form. An easier challenge that was issued earlier is
    /// not enough.</param>
    /// <param name="address">The client's address, for services that ask for it.</param>
    Task<BotChallengeResult> VerifyAsync(
        string? answer,
        int asked,
        IPAddress? address,
        CancellationToken cancellationToken
    );
}
