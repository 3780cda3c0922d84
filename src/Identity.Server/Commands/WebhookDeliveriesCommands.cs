using System.CommandLine;
using System.Globalization;
using Identity.Core.Webhooks;
using Identity.Server.Hosting;

namespace Identity.Server.Commands;

/// <summary>Commands of <c>identity webhooks</c> about what was sent: the ledger and the replay.</summary>
internal static class WebhookDeliveriesCommands
{
    public static Command Deliveries(CommandContext context)
    {
        var id = WebhooksCommand.Id();
        Option<int> count = new("--count")
        {
            Description = "How many of the newest entries to show (1 to 500).",
            HelpName = "NUMBER",
            DefaultValueFactory = static _ => 50,
        };
        Command command = new("deliveries", "Show the newest deliveries of an endpoint.") { id, count };
        context.OnRooms(
            command,
            async (parsed, services, answer, cancel) =>
            {
                var lines = await WebhooksCommand
                    .Actions(services)
                    .DeliveriesAsync(services.Operator(), parsed.GetValue(id), null, parsed.GetValue(count), cancel);
                await answer.TableAsync(
                    [.. lines.Require(WebhooksCommand.Unknown)],
                    "Nothing.",
                    ("event", static line => line.EventId.ToString()),
                    ("happened", static line => Answer.Time(line.OccurredAt)),
                    ("type", static line => line.Type),
                    ("person", static line => line.UserId?.ToString()),
                    ("state", StateOf),
                    ("attempts", static line => line.Attempts.ToString(CultureInfo.InvariantCulture)),
                    (
                        "last answer",
                        static line => line.LastError ?? line.LastStatus?.ToString(CultureInfo.InvariantCulture)
                    )
                );
                return 0;
            }
        );
        return command;
    }

    public static Command Replay(CommandContext context)
    {
        var id = WebhooksCommand.Id();
        Option<DateTimeOffset> from = new("--from") { Description = "From this time on.", Required = true };
        Option<DateTimeOffset?> to = new("--to") { Description = "Before this time. Default: now." };
        Command command = new(
            "replay",
            """
            Send the events of a period again, including those that were accepted.
            Example: identity webhooks replay 019abc00-0000-7000-8000-000000000000 --from 2026-11-01T00:00Z
            """
        )
        {
            id,
            from,
            to,
        };
        context.OnRooms(
            command,
            async (parsed, services, answer, cancel) =>
            {
                var until = parsed.GetValue(to) ?? services.GetRequiredService<TimeProvider>().GetUtcNow();
                var count = (
                    await WebhooksCommand
                        .Actions(services)
                        .ReplayAsync(
                            services.Operator(),
                            parsed.GetValue(id),
                            parsed.GetValue(from),
                            until,
                            CommandContext.Operator,
                            cancel
                        )
                ).Require(WebhooksCommand.Unknown);
                await answer.GiveAsync(new { count }, $"{count} events are sent again.");
                return 0;
            }
        );
        return command;
    }

    private static string StateOf(WebhookLedgerEntry line) =>
        line.State switch
        {
            WebhookState.Delivered => "delivered " + Answer.Time(line.DeliveredAt),
            WebhookState.Abandoned => "given up",
            _ => "next try " + Answer.Time(line.NextAttemptAt),
        };
}
