using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Identity.Core.Audit;
using Identity.Server.Hosting;

namespace Identity.Server.Commands;

/// <summary><c>identity audit</c>: the audit log and its verification.</summary>
internal static class AuditCommand
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    public static Command Create(CommandContext context) =>
        new(
            "audit",
            """
            Show and verify the audit log.
            Example: identity audit tail --follow
            """
        )
        {
            Tail(context),
            Verify(context),
        };

    private static Command Tail(CommandContext context)
    {
        Option<int> count = new("--count")
        {
            Description = "How many of the newest entries to show (1 to 500).",
            HelpName = "NUMBER",
            DefaultValueFactory = static _ => 20,
        };
        Option<bool> follow = new("--follow") { Description = "Keep printing new events until Ctrl-C." };
        Command command = new(
            "tail",
            "Show the newest events in chronological order. With --json, one JSON object per line."
        )
        {
            count,
            follow,
        };
        context.OnRooms(
            command,
            async (parsed, services, answer, cancel) =>
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
                    // Events older than the newest 500 are not read again.
                    if (shown.Count > 5000)
                        shown = [.. newest.Select(static entry => entry.Id).Where(shown.Contains)];
                }
            }
        );
        return command;
    }

    private static Command Verify(CommandContext context)
    {
        Option<DateTimeOffset?> since = new("--since")
        {
            Description = "Verify only what was sealed since this day. Default: everything.",
            HelpName = "TIME",
        };
        Option<string?> anchor = new("--anchor")
        {
            Description = "A seal that was recorded elsewhere, as NUMBER:MAC. Checks that the chain still contains it.",
            HelpName = "SEAL",
        };
        Command command = new(
            "verify",
            """
            Recompute the seals from the rows, and the chain from the seals. Exits with 1 if the log
            was changed, and names the first changed span.
            Example: identity audit verify --since 2026-11-01
            """
        )
        {
            since,
            anchor,
        };
        context.OnRooms(
            command,
            async (parsed, services, answer, cancel) =>
            {
                var verification = await services
                    .GetRequiredService<AuditVerifier>()
                    .VerifyAsync(parsed.GetValue(since), Anchor(parsed.GetValue(anchor)), cancel);
                List<string> lines =
                [
                    $"{verification.Seals} seals over {verification.Rows} events, sealed through "
                        + $"{Answer.Time(verification.SealedThrough)}.",
                ];
                lines.AddRange(
                    verification.Dropped.Select(static day =>
                        $"{day.Day:O}: {day.Rows} events left with their month, as retention says."
                    )
                );
                lines.Add(
                    verification.Break is { } broken
                        ? $"BROKEN: {broken.Kind} at seal {broken.Seal}, {Answer.Time(broken.From)} to "
                            + $"{Answer.Time(broken.Through)}. {broken.Explanation}"
                        : "The record is whole."
                );
                await answer.GiveAsync(new { ok = verification.Break is null, verification }, [.. lines]);
                return verification.Break is null ? 0 : CommandFailedException.Failed;
            }
        );
        return command;
    }

    private static AuditAnchor? Anchor(string? text)
    {
        if (text is null)
            return null;
        var parts = text.Split(':');
        if (
            parts.Length == 2
            && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number > 0
            && parts[1].Length == 64
            && parts[1].All(char.IsAsciiHexDigit)
        )
            return new(number, Convert.FromHexString(parts[1]));
        throw new CommandFailedException(
            "--anchor: must be a seal's number and its MAC in 64 hex digits, such as 4711:9f86d0..., as the log has "
                + "it.",
            CommandFailedException.Usage
        );
    }

    private static object ForPrograms(AuditEntry entry) =>
        new
        {
            entry.Id,
            entry.CreatedAt,
            entry.Type,
            entry.Status,
            entry.UserId,
            ipAddress = entry.IpAddress?.ToString(),
            entry.UserAgent,
            details = JsonSerializer.Deserialize<JsonElement>(entry.DetailsJson),
        };

    private static string Line(AuditEntry entry) =>
        string.Join(
            "  ",
            Answer.Time(entry.CreatedAt),
            entry.Type.PadRight(24),
            entry.Status.PadRight(7),
            entry.UserId?.ToString() ?? "-",
            entry.IpAddress?.ToString() ?? "-",
            Answer.Printable(entry.DetailsJson is "{}" ? null : entry.DetailsJson)
        );
}
