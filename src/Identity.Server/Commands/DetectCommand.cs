using System.CommandLine;
using System.Globalization;
using Identity.Core.Detection;
using Identity.Server.Hosting;

namespace Identity.Server.Commands;

/// <summary><c>identity detect</c>: runs the rules once, as every instance does each minute, or evaluates the
/// past.</summary>
internal static class DetectCommand
{
    private static readonly TimeSpan MaxStretch = TimeSpan.FromDays(92);

    public static Command Create(CommandContext context)
    {
        Option<DateTimeOffset?> from = new("--from")
        {
            Description = "Evaluate the past from this time on and change nothing.",
            HelpName = "TIME",
        };
        Option<DateTimeOffset?> to = new("--to") { Description = "Up to this time. Default: now.", HelpName = "TIME" };
        Command command = new(
            "detect",
            """
            Look for attacks and outages once and open alerts; or, with --from, evaluate the past.
            Example: identity detect --from 2026-03-01T00:00Z --to 2026-03-02T00:00Z
            """
        )
        {
            from,
            to,
        };
        context.OnRooms(
            command,
            async (parsed, services, answer, cancel) =>
                parsed.GetValue(from) is { } start
                    ? await LookBackAsync(services, answer, start, parsed.GetValue(to), cancel)
                : parsed.GetValue(to) is null ? await RunAsync(services, answer, cancel)
                : throw new CommandFailedException("--to needs --from.", CommandFailedException.Usage)
        );
        return command;
    }

    private static async Task<int> RunAsync(IServiceProvider services, Answer answer, CancellationToken cancel)
    {
        var run = await services.GetRequiredService<Detector>().RunAsync(cancel);
        await answer.GiveAsync(
            new { elsewhere = run is null, run },
            run is null
                ? "Another instance is running."
                : $"Looked at {Answer.Time(run.Since)} to {Answer.Time(run.Until)}: "
                    + $"{run.Opened.Count} new, {run.Closed} over."
        );
        return 0;
    }

    private static async Task<int> LookBackAsync(
        IServiceProvider services,
        Answer answer,
        DateTimeOffset from,
        DateTimeOffset? to,
        CancellationToken cancel
    )
    {
        var until = to ?? services.GetRequiredService<TimeProvider>().GetUtcNow();
        if (until <= from || until - from > MaxStretch)
            throw new CommandFailedException(
                "--from must be before --to, by 92 days at most.",
                CommandFailedException.Usage
            );
        await answer.TableAsync(
            await services.GetRequiredService<DetectionHistory>().FindAsync(from, until, cancel),
            "Nothing.",
            ("rule", static incident => incident.Rule),
            ("about", static incident => incident.Subject),
            ("value", static incident => incident.Value.ToString(CultureInfo.InvariantCulture)),
            ("most", static incident => incident.Threshold.ToString(CultureInfo.InvariantCulture)),
            ("from", static incident => Answer.Time(incident.FirstAt)),
            ("to", static incident => Answer.Time(incident.LastAt))
        );
        return 0;
    }
}
