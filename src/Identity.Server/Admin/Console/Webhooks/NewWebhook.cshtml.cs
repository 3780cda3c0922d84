using Identity.Core.Administration;
using Identity.Core.Webhooks;
using Microsoft.AspNetCore.Mvc;

namespace Identity.Server.Admin.Console.Webhooks;

/// <summary>Adds a webhook and shows its secret, once.</summary>
internal sealed class NewWebhookModel(WebhookAdministration webhooks, WebhookLedger ledger) : ConsolePage
{
    public sealed class NewWebhook
    {
        public string? Url { get; set; }
        public string? Description { get; set; }
        public string[]? EventTypes { get; set; }
    }

    /// <summary>The new webhook with its secret; null before.</summary>
    public WebhookSecret? Made { get; private set; }

    /// <summary>The events to choose from.</summary>
    public IReadOnlyList<string> EventTypes { get; private set; } = [];

    [BindProperty]
    public NewWebhook Input { get; set; } = new();

    protected override string Thing => "webhook.";

    [Permission("webhooks.write")]
    public Task<IActionResult> OnGetAsync() => ShowAsync();

    [Permission("webhooks.write")]
    public async Task<IActionResult> OnPostAsync()
    {
        WebhookDraft draft = new(Input.Url, Input.Description, Input.EventTypes ?? []);
        var outcome = await webhooks.AddAsync(Operator, draft, RequestContext, Aborted);
        if (outcome is not AdminOutcome<WebhookSecret>.Done made)
            return await AnswerAsync(outcome, static _ => "/admin/webhooks", ShowAsync);
        // In this answer only, which is not cached.
        Made = made.Value;
        return Page();
    }

    private async Task<IActionResult> ShowAsync()
    {
        EventTypes = await ledger.EventTypesAsync(Aborted);
        return Page();
    }
}
