using System.CommandLine;
using System.Text.Json;
using Identity.Core.Audit;
using Identity.Server.Hosting;

namespace Identity.Server.Commands;

/// <summary><c>identity audit</c>: what happened, and whether the record of it is whole.</summary>
internal static class AuditCommand
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    public static Command Create(CommandContext context) => new("audit", """
        The record of security events.
        Example: identity audit tail --follow
        """)
    {
        Tail(context),
    };

    private static Command Tail(CommandContext context)
    {
        Option<int> count = new("--count") { Description = "How many of the newest (1 to 500).", HelpName = "NUMBER", DefaultValueFactory = static _ => 20 };
        Option<bool> follow = new("--follow") { Description = "Go on with what comes, until Ctrl-C." };
        Command command = new("tail", "Show the newest events, oldest of them first; with --json one JSON object a line.") { count, follow };
        context.OnRooms(command, async (parsed, services, answer, cancel) =>
        {
            var reader = services.GetRequiredService<AuditReader>();
            HashSet<Guid> shown = [];
            var newest = await reader.TailAsync(parsed.GetValue(count), cancel);
            while (true)
            {
                foreach (var entry in Enumerable.Reverse(newest).Where(entry => shown.Add(entry.Id)))
                    await answer.StreamAsync(ForPrograms(entry), Line(entry));
                if (!parsed.GetValue(follow))
                    return 0;
                await Task.Delay(Pause, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (cancel.IsCancellationRequested)
                    return 0;
                newest = await reader.TailAsync(500, cancel);
                // What stands behind the newest 500 is never read again.
                if (shown.Count > 5000)
                    shown = [.. newest.Select(static entry => entry.Id).Where(shown.Contains)];
            }
        });
        return command;
    }

    private static object ForPrograms(AuditEntry entry) => new
    {
        entry.Id, entry.CreatedAt, entry.Type, entry.Status, entry.UserId, ipAddress = entry.IpAddress?.ToString(), entry.UserAgent,
        details = JsonSerializer.Deserialize<JsonElement>(entry.DetailsJson),
    };

    private static string Line(AuditEntry entry) => string.Join("  ", Answer.Time(entry.CreatedAt), entry.Type.PadRight(24), entry.Status.PadRight(7),
        entry.UserId?.ToString() ?? "-", entry.IpAddress?.ToString() ?? "-", Answer.Printable(entry.DetailsJson is "{}" ? null : entry.DetailsJson));
}
