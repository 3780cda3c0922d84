using Identity.Core.Administration;
using Identity.Core.Primitives;

namespace Identity.Core.Webhooks;

/// <summary>What an operator gave for an endpoint, checked.</summary>
internal sealed record SoundWebhook(Uri Url, string Description, string[] EventTypes);

/// <summary>What holds for an endpoint, whether it is added or changed.</summary>
internal static class WebhookDraftRules
{
    private const int MaxDescriptionLength = 200;
    private const int MaxUrlLength = 2000;

    /// <summary>Why the draft is refused; null if it is sound.</summary>
    /// <param name="known">The names of all events.</param>
    public static AdminOutcome.Invalid? Refusal(
        WebhookDraft draft,
        IWebhookSender sender,
        IReadOnlyCollection<string> known
    )
    {
        if (Address(draft) is not { } url || !sender.IsCallable(url))
            return new("url", "Enter an https address without a user name.");
        if (!IsDescription(Description(draft)))
            return new("description", $"Use at most {MaxDescriptionLength} characters, on one line.");
        return draft.EventTypes.FirstOrDefault(type => !known.Contains(type)) is { } unknown
            ? new("event_types", $"There is no event {unknown}.")
            : null;
    }

    /// <summary>The values of a draft that is not refused.</summary>
    public static SoundWebhook Sound(WebhookDraft draft) =>
        new(Address(draft)!, Description(draft), [.. draft.EventTypes.Distinct(StringComparer.Ordinal)]);

    private static Uri? Address(WebhookDraft draft) =>
        draft.Address is { Length: <= MaxUrlLength }
        && Uri.TryCreate(draft.Address.Trim(), UriKind.Absolute, out var url)
            ? url
            : null;

    private static string Description(WebhookDraft draft) => draft.Description?.Trim() ?? "";

    private static bool IsDescription(string text) =>
        text.Length == 0 || (text.Length <= MaxDescriptionLength && UntrustedText.IsLine(text));
}
