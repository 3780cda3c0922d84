using Identity.Core.Webhooks;

namespace Identity.Server.Admin.Console.Webhooks;

/// <summary>The systems that are told what happens.</summary>
internal sealed class WebhookListModel(WebhookAdministration webhooks) : ConsolePage
{
    public IReadOnlyList<WebhookEndpoint> Webhooks { get; private set; } = [];

    [Permission("webhooks.read")]
    public async Task OnGetAsync() => Webhooks = ListOf(await webhooks.ListAsync(Operator, Aborted));
}
