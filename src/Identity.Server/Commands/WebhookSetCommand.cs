using System.CommandLine;
using Identity.Core.Administration;
using Identity.Core.Webhooks;

namespace Identity.Server.Commands;

/// <summary><c>identity webhooks set</c>: what is given is changed, the rest stays.</summary>
internal static class WebhookSetCommand
{
    public static Command Create(CommandContext context)
    {
        var id = WebhooksCommand.Id();
        Option<string?> url = new("--url") { Description = "The new https address.", HelpName = "URL" };
        var events = WebhooksCommand.EventOption("An event to send from now on; repeat it for several.");
        Option<bool> all = new("--all-events") { Description = "Send all events from now on." };
        var description = WebhooksCommand.DescriptionOption();
        Command command = new(
            "set",
            """
            Change the address, the events or the description of an endpoint. What you omit stays as it is.
            Example: identity webhooks set ID --event user.created --event user.deleted
            """
        )
        {
            id,
            url,
            events,
            all,
            description,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(all) && result.GetValue(events) is { Length: > 0 })
                result.AddError("Give --event or --all-events, not both.");
            if (
                result.GetValue(url) is null
                && result.GetValue(description) is null
                && !result.GetValue(all)
                && result.GetValue(events) is not { Length: > 0 }
            )
                result.AddError("Say what to change: --url, --event, --all-events or --description.");
        });
        context.OnRooms(
            command,
            async (parsed, services, answer, cancel) =>
            {
                var (actions, actor, endpoint) = (
                    WebhooksCommand.Actions(services),
                    services.Operator(),
                    parsed.GetValue(id)
                );
                var now = (await actions.FindAsync(actor, endpoint, cancel)).Require(WebhooksCommand.Unknown);
                var given = parsed.GetValue(events) ?? [];
                WebhookDraft draft = new(
                    parsed.GetValue(url) ?? now.Url.AbsoluteUri,
                    parsed.GetValue(description) ?? now.Description,
                    parsed.GetValue(all) ? []
                        : given.Length > 0 ? given
                        : now.EventTypes
                );
                (await actions.EditAsync(actor, endpoint, draft, CommandContext.Operator, cancel)).Require(
                    WebhooksCommand.Unknown
                );
                await answer.GiveAsync(new { id = endpoint }, $"{endpoint} is changed.");
                return 0;
            }
        );
        return command;
    }
}
