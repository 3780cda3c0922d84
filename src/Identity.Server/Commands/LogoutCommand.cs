using System.CommandLine;
using Identity.Core.Logout;
using Identity.Server.Hosting;

namespace Identity.Server.Commands;

/// <summary><c>identity logout</c>: the ledger of back-channel logout messages.</summary>
internal static class LogoutCommand
{
    public static Command Create(CommandContext context) =>
        new(
            "logout",
            """
            List and retry back-channel logout messages: what clients received, and what they answered.
            Example: identity logout list --waiting
            """
        )
        {
            List(context),
            Retry(context),
        };

    private static Command List(CommandContext context)
    {
        Option<string?> client = new("--client") { Description = "Only for this client.", HelpName = "ID" };
        Option<Guid?> user = new("--user") { Description = "Only sessions of this person.", HelpName = "ID" };
        Option<Guid?> session = new("--session")
        {
            Description = "Only this session: the sid of its tokens.",
            HelpName = "ID",
        };
        Option<bool> waiting = new("--waiting") { Description = "Only deliveries that are still waiting." };
        Option<int> count = new("--count")
        {
            Description = "How many of the newest entries to show (1 to 500).",
            HelpName = "NUMBER",
            DefaultValueFactory = static _ => 50,
        };
        Command command = new(
            "list",
            """
            List messages, newest first: one for each client of each ended session.
            Example: identity logout list --client shop --waiting
            """
        )
        {
            client,
            user,
            session,
            waiting,
            count,
        };
        context.OnRooms(
            command,
            async (parsed, services, answer, cancel) =>
            {
                LogoutLedgerFilter filter = new(
                    parsed.GetValue(client),
                    parsed.GetValue(user),
                    parsed.GetValue(session),
                    parsed.GetValue(waiting)
                );
                await answer.TableAsync(
                    await services
                        .GetRequiredService<LogoutLedger>()
                        .ListAsync(filter, parsed.GetValue(count), null, cancel),
                    "Nothing.",
                    ("id", static line => line.Id.ToString()),
                    ("ended", static line => Answer.Time(line.CreatedAt)),
                    ("why", static line => line.Reason),
                    ("client", static line => line.ClientId),
                    ("session", static line => line.SessionId.ToString()),
                    ("state", StateOf),
                    (
                        "attempts",
                        static line => line.Attempts.ToString(System.Globalization.CultureInfo.InvariantCulture)
                    ),
                    ("last answer", LastAnswer)
                );
                return 0;
            }
        );
        return command;
    }

    private static Command Retry(CommandContext context)
    {
        Argument<Guid> id = new("id") { Description = "The delivery, as 'logout list' shows it." };
        Command command = new(
            "retry",
            """
            Retry a message that was abandoned. A running instance sends it at once.
            Example: identity logout retry 019abc00-0000-7000-8000-000000000000
            """
        )
        {
            id,
        };
        context.OnRooms(
            command,
            async (parsed, services, answer, cancel) =>
            {
                (
                    await services
                        .GetRequiredService<LogoutDeliveryAdministration>()
                        .RetryAsync(services.Operator(), parsed.GetValue(id), CommandContext.Operator, cancel)
                ).Require(
                    "There is no such delivery, or it was delivered, or its client does not use back-channel "
                        + "logout. Run: identity logout list"
                );
                await answer.GiveAsync(new { id = parsed.GetValue(id) }, "It is tried again.");
                return 0;
            }
        );
        return command;
    }

    private static string StateOf(LogoutLedgerEntry line) =>
        line.State switch
        {
            LogoutState.Delivered => "heard " + Answer.Time(line.DeliveredAt),
            LogoutState.Abandoned => "given up",
            LogoutState.NotApplicable => "asks for none",
            _ => "next try " + Answer.Time(line.NextAttemptAt),
        };

    private static string? LastAnswer(LogoutLedgerEntry line) =>
        line.LastError
        ?? (line.LastStatus is { } status ? status.ToString(System.Globalization.CultureInfo.InvariantCulture) : null);
}
