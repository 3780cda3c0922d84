using Identity.Core.Administration;
using Identity.Core.Webhooks;
using Microsoft.AspNetCore.Mvc;

namespace Identity.Server.Admin.Console.Webhooks;

/// <summary>Adds a webhook and shows its secret, once.</summary>
internal sealed class NewWebhookModel(WebhookAdministration webhooks, WebhookLedger ledger) : WebhookForm(ledger)
{
    /// <summary>The new webhook with its secret; null before.</summary>
    public WebhookSecret? Made { get; private set; }

    [Permission("webhooks.write")]
    public Task<IActionResult> OnGetAsync() => ShowAsync();

    [Permission("webhooks.write")]
    public async Task<IActionResult> OnPostAsync()
    {
        var outcome = await webhooks.AddAsync(Operator, Draft, RequestContext, Aborted);
        if (outcome is not AdminOutcome<WebhookSecret>.Done made)
            return await AnswerAsync(outcome, static _ => "/admin/webhooks", ShowAsync);
        // In this answer only, which is not cached.
        Made = made.Value;
        return Page();
    }
}
