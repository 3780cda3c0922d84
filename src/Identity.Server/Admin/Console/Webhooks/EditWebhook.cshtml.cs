using Identity.Core.Administration;
using Identity.Core.Webhooks;
using Microsoft.AspNetCore.Mvc;

namespace Identity.Server.Admin.Console.Webhooks;

/// <summary>Changes a webhook's address, description and events.</summary>
internal sealed class EditWebhookModel(WebhookAdministration webhooks, WebhookLedger ledger) : WebhookForm(ledger)
{
    public Guid Id { get; private set; }

    [Permission("webhooks.write")]
    public async Task<IActionResult> OnGetAsync(Guid id)
    {
        if (
            await webhooks.FindAsync(Operator, id, Aborted) is not AdminOutcome<WebhookEndpoint>.Done { Value: var now }
        )
            return NotFound();
        Input = new()
        {
            Url = now.Url.AbsoluteUri,
            Description = now.Description,
            EventTypes = [.. now.EventTypes],
        };
        return await ShowAsync(id);
    }

    [Permission("webhooks.write")]
    public async Task<IActionResult> OnPostAsync(Guid id) =>
        await AnswerAsync(
            await webhooks.EditAsync(Operator, id, Draft, RequestContext, Aborted),
            Pager.Address("/admin/webhooks/webhook", ("id", id.ToString()), ("done", "Edited")),
            () => ShowAsync(id)
        );

    private Task<IActionResult> ShowAsync(Guid id)
    {
        Id = id;
        return ShowAsync();
    }
}
