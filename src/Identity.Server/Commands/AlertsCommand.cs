using System.CommandLine;
using System.Globalization;
using Identity.Core.Detection;
using Identity.Server.Hosting;

namespace Identity.Server.Commands;

/// <summary><c>identity alerts</c>: the alerts, and who handles them.</summary>
internal static class AlertsCommand
{
    public static Command Create(CommandContext context) =>
        new(
            "alerts",
            """
            List and acknowledge alerts: what was detected, what to do about it, and who handles it.
            Example: identity alerts list --open
            """
        )
        {
            List(context),
            Acknowledge(context),
        };

    private static Command List(CommandContext context)
    {
        Option<bool> open = new("--open") { Description = "Only open alerts." };
        Option<int> count = new("--count")
        {
            Description = "How many of the newest alerts to show (1 to 500).",
            HelpName = "NUMBER",
            DefaultValueFactory = static _ => 50,
        };
        Command command = new("list", "Show the newest alerts, newest first.") { open, count };
        context.OnRooms(
            command,
            async (parsed, services, answer, cancel) =>
            {
                var alerts = await services
                    .GetRequiredService<AlertStore>()
                    .ListAsync(parsed.GetValue(open), null, parsed.GetValue(count), cancel);
                await answer.TableAsync(
                    alerts,
                    "No alerts.",
                    ("id", static alert => alert.Id.ToString()),
                    ("rule", static alert => alert.Rule),
                    ("about", static alert => alert.Subject),
                    ("value", static alert => alert.Value.ToString(CultureInfo.InvariantCulture)),
                    ("most", static alert => alert.Threshold.ToString(CultureInfo.InvariantCulture)),
                    ("since", static alert => Answer.Time(alert.OpenedAt)),
                    ("last seen", static alert => Answer.Time(alert.LastSeenAt)),
                    ("state", StateOf)
                );
                if (!answer.IsJson)
                    foreach (var name in alerts.Select(static alert => alert.Rule).Distinct(StringComparer.Ordinal))
                        if (DetectionRules.Find(name) is { } rule)
                            await answer.GiveAsync(rule, $"{rule.Name}: {rule.Advice}");
                return 0;
            }
        );
        return command;
    }

    private static Command Acknowledge(CommandContext context)
    {
        Argument<Guid> id = new("id") { Description = "The alert, as 'alerts list' shows it." };
        Option<string?> note = new("--note")
        {
            Description = "What you found or did, for the next person.",
            HelpName = "TEXT",
        };
        Command command = new(
            "ack",
            """
            Acknowledge an alert. It closes automatically when the incident is over.
            Example: identity alerts ack 019abc00-0000-7000-8000-000000000000 --note "blocked at the firewall"
            """
        )
        {
            id,
            note,
        };
        context.OnRooms(
            command,
            async (parsed, services, answer, cancel) =>
            {
                if (parsed.GetValue(note) is { Length: > AlertStore.MaxNoteLength })
                    throw new CommandFailedException(
                        $"--note: {AlertStore.MaxNoteLength} characters at most.",
                        CommandFailedException.Usage
                    );
                var result = await services
                    .GetRequiredService<AlertStore>()
                    .AcknowledgeAsync(
                        services.Operator(),
                        parsed.GetValue(id),
                        parsed.GetValue(note),
                        CommandContext.Operator,
                        cancel
                    );
                var alert = result switch
                {
                    AlertAcknowledgement.Done done => done.Alert,
                    AlertAcknowledgement.Already already => throw new CommandFailedException(
                        $"{already.Alert.AcknowledgedBy} took it on at {Answer.Time(already.Alert.AcknowledgedAt)}."
                    ),
                    _ => throw new CommandFailedException("There is no such alert. Run: identity alerts list"),
                };
                await answer.GiveAsync(alert, $"{alert.Rule} is yours.");
                return 0;
            }
        );
        return command;
    }

    private static string StateOf(Alert alert) =>
        (alert.ClosedAt is { } closed ? "over since " + Answer.Time(closed) : "open")
        + (alert.AcknowledgedBy is { } by ? ", looked after by " + by : "");
}
