using System.CommandLine;
using Identity.Core.Administration;
using Identity.Core.Audit;
using Identity.Core.Webhooks;
using Identity.Server.Hosting;

namespace Identity.Server.Commands;

/// <summary><c>identity webhooks</c>: endpoints that get events, and what they answered.</summary>
internal static class WebhooksCommand
{
    internal const string Unknown = "There is no such endpoint. Run: identity webhooks list";

    public static Command Create(CommandContext context) =>
        new(
            "webhooks",
            """
            Send events to other systems: add an endpoint, test it, see its deliveries, replay.
            Example: identity webhooks add https://app.example.com/hooks --event user.deleted
            """
        )
        {
            List(context),
            Events(context),
            Add(context),
            WebhookSetCommand.Create(context),
            Change(context, "enable", "Send events to an endpoint again.", "gets events", Enable(true)),
            Change(context, "disable", "Stop sending events; what waits is given up.", "gets no events", Enable(false)),
            Change(context, "remove", "Remove an endpoint with its deliveries.", "is removed", Remove),
            Rotate(context),
            Test(context),
            WebhookDeliveriesCommands.Deliveries(context),
            WebhookDeliveriesCommands.Replay(context),
        };

    internal static Argument<Guid> Id() => new("id") { Description = "The endpoint, as 'webhooks list' shows it." };

    internal static Option<string[]> EventOption(string description) =>
        new("--event")
        {
            Description = description,
            HelpName = "NAME",
            DefaultValueFactory = static _ => [],
        };

    internal static Option<string?> DescriptionOption() =>
        new("--description") { Description = "What it is for.", HelpName = "TEXT" };

    internal static WebhookAdministration Actions(IServiceProvider services) =>
        services.GetRequiredService<WebhookAdministration>();

    private static Command List(CommandContext context)
    {
        Command command = new("list", "Show the endpoints.");
        context.OnRooms(
            command,
            async (_, services, answer, cancel) =>
            {
                var endpoints = await Actions(services).ListAsync(services.Operator(), cancel);
                await answer.TableAsync(
                    [.. endpoints.Require(Unknown)],
                    "None.",
                    ("id", static line => line.Id.ToString()),
                    ("url", static line => line.Url.AbsoluteUri),
                    ("events", static line => line.EventTypes.Count == 0 ? "all" : string.Join(' ', line.EventTypes)),
                    ("state", static line => line.IsEnabled ? "on" : "off " + line.DisabledReason),
                    ("since", static line => Answer.Time(line.CreatedAt))
                );
                return 0;
            }
        );
        return command;
    }

    private static Command Events(CommandContext context)
    {
        Command command = new("events", "Show the names of all events.");
        context.OnRooms(
            command,
            async (_, services, answer, cancel) =>
            {
                var names = await services.GetRequiredService<WebhookLedger>().EventTypesAsync(cancel);
                await answer.TableAsync(names, "None.", ("event", static name => name));
                return 0;
            }
        );
        return command;
    }

    private static Command Add(CommandContext context)
    {
        Argument<string> url = new("url") { Description = "An https address." };
        var events = EventOption("An event to send; repeat it for several. Without it, all are sent.");
        var description = DescriptionOption();
        Command command = new(
            "add",
            """
            Add an endpoint. Its secret is shown once.
            Example: identity webhooks add https://app.example.com/hooks --event user.created --event user.deleted
            """
        )
        {
            url,
            events,
            description,
        };
        context.OnRooms(
            command,
            async (parsed, services, answer, cancel) =>
            {
                WebhookDraft draft = new(
                    parsed.GetValue(url),
                    parsed.GetValue(description),
                    parsed.GetValue(events) ?? []
                );
                var added = (
                    await Actions(services).AddAsync(services.Operator(), draft, CommandContext.Operator, cancel)
                ).Require(Unknown);
                await answer.GiveAsync(
                    new { added.Id, added.Secret },
                    $"Endpoint {added.Id} gets events.",
                    $"Its secret, shown once: {added.Secret}"
                );
                return 0;
            }
        );
        return command;
    }

    private static Command Change(
        CommandContext context,
        string name,
        string description,
        string done,
        Func<WebhookAdministration, Operator, Guid, RequestContext, CancellationToken, Task<AdminOutcome>> change
    )
    {
        var id = Id();
        Command command = new(name, description) { id };
        context.OnRooms(
            command,
            async (parsed, services, answer, cancel) =>
            {
                var endpoint = parsed.GetValue(id);
                (
                    await change(Actions(services), services.Operator(), endpoint, CommandContext.Operator, cancel)
                ).Require(Unknown);
                await answer.GiveAsync(new { id = endpoint }, $"{endpoint} {done}.");
                return 0;
            }
        );
        return command;
    }

    private static Func<
        WebhookAdministration,
        Operator,
        Guid,
        RequestContext,
        CancellationToken,
        Task<AdminOutcome>
    > Enable(bool enabled) =>
        (actions, actor, id, request, cancel) => actions.EnableAsync(actor, id, enabled, request, cancel);

    private static Task<AdminOutcome> Remove(
        WebhookAdministration actions,
        Operator actor,
        Guid id,
        RequestContext request,
        CancellationToken cancel
    ) => actions.RemoveAsync(actor, id, request, cancel);

    private static Command Rotate(CommandContext context)
    {
        var id = Id();
        Command command = new(
            "rotate",
            "Create a new secret, which is shown once. The previous one also signs for a while."
        )
        {
            id,
        };
        context.OnRooms(
            command,
            async (parsed, services, answer, cancel) =>
            {
                var secret = (
                    await Actions(services)
                        .RotateAsync(services.Operator(), parsed.GetValue(id), CommandContext.Operator, cancel)
                ).Require(Unknown);
                await answer.GiveAsync(new { secret.Id, secret.Secret }, $"The secret, shown once: {secret.Secret}");
                return 0;
            }
        );
        return command;
    }

    private static Command Test(CommandContext context)
    {
        var id = Id();
        Command command = new(
            "test",
            "Send a test event now and show the response. Exits with 1 if it was not accepted."
        )
        {
            id,
        };
        context.OnRooms(
            command,
            async (parsed, services, answer, cancel) =>
            {
                var sent = (
                    await Actions(services)
                        .TestAsync(services.Operator(), parsed.GetValue(id), CommandContext.Operator, cancel)
                ).Require(Unknown);
                await answer.GiveAsync(
                    new
                    {
                        sent.Status,
                        sent.Error,
                        acknowledged = sent.IsAcknowledged,
                    },
                    sent.IsAcknowledged
                        ? $"It answered {sent.Status}."
                        : $"It failed: {$"{sent.Status} {sent.Error}".Trim()}."
                );
                return sent.IsAcknowledged ? 0 : 1;
            }
        );
        return command;
    }
}
