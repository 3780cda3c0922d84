using Identity.Core.Administration;
using Identity.Core.Webhooks;
using Microsoft.AspNetCore.Mvc;

namespace Identity.Server.Admin.Console.Webhooks;

/// <summary>The form of a webhook: its address, its description, its events.</summary>
internal abstract class WebhookForm(WebhookLedger ledger) : ConsolePage
{
    public sealed class WebhookInput
    {
        public string? Url { get; set; }
        public string? Description { get; set; }
        public string[]? EventTypes { get; set; }
    }

    /// <summary>The events to choose from.</summary>
    public IReadOnlyList<string> EventTypes { get; private set; } = [];

    [BindProperty]
    public WebhookInput Input { get; set; } = new();

    protected override string Thing => "webhook.";

    protected WebhookDraft Draft => new(Input.Url, Input.Description, Input.EventTypes ?? []);

    protected async Task<IActionResult> ShowAsync()
    {
        EventTypes = await ledger.EventTypesAsync(Aborted);
        return Page();
    }
}
