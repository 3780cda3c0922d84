using System.Net;

namespace Identity.Core.BotDefence;

// BotDefence owns the question "is there a machine behind this form?": what is asked, and whether the answer holds.
// When to ask,
// Throttling says: BotGate puts the two together, and knows no account. No page depends on a third party unless it is
// configured to.

/// <summary>What a page shows a person whose address has tried too often.</summary>
/// <param name="Kind"><c>proof-of-work</c>, or the name of the configured service.</param>
/// <param name="Challenge">What the browser must answer; opaque to the page. For a third-party service: its site
/// key.</param>
/// <param name="Difficulty">Leading zero bits asked for; 0 where the challenge is not a proof of work.</param>
/// <param name="ScriptUri">The script of the third-party service, to be allowed by the page's CSP; null where none is
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

    /// <summary>Origins, besides the script's, that the service loads from: to be allowed by the page's CSP.</summary>
    public IReadOnlyList<string> Origins { get; init; } = [];
}

/// <summary>Whether the answer holds.</summary>
public abstract record BotChallengeResult
{
    private BotChallengeResult() { }

    /// <summary>The answer holds.</summary>
    public sealed record Passed : BotChallengeResult;

    /// <summary>It does not. <paramref name="Reason"/> is for the log only.</summary>
    public sealed record Refused(string Reason) : BotChallengeResult;

    /// <summary>The third party could not be asked. Whether that lets a person pass is configured
    /// (<see cref="BotDefenceOptions.PassWhenUnavailable"/>).</summary>
    public sealed record Unavailable(string Reason) : BotChallengeResult;
}

/// <summary>One way to tell people from machines. The seam for a service of one's own.</summary>
public interface IBotChallenge
{
    /// <summary>The name under which it is configured.</summary>
    string Kind { get; }

    /// <summary>The form field in which its answers come.</summary>
    string ResponseField { get; }

    /// <summary>A new challenge for a page about to be shown.</summary>
    /// <param name="asked">Forms that this address has sent of late while it was asked, those that succeeded left
    /// out. A challenge that can be made harder rises with them.</param>
    BotChallengePrompt Issue(int asked);

    /// <summary>Judges the answer of a posted form. An answer counts once.</summary>
    /// <param name="answer">The field named by <see cref="BotChallengePrompt.ResponseField"/>; hostile.</param>
    /// <param name="asked">As for <see cref="Issue"/>, before this form: a challenge that was issued when less was due
    /// does not do.</param>
    /// <param name="address">Whose answer it is, for services that want to know.</param>
    Task<BotChallengeResult> VerifyAsync(
        string? answer,
        int asked,
        IPAddress? address,
        CancellationToken cancellationToken
    );
}
