using System.CommandLine;
using Identity.Core.Maintenance;
using Identity.Server.Hosting;

namespace Identity.Server.Commands;

/// <summary><c>identity maintenance</c>: the jobs that every instance runs, for operators who prefer to run them by
/// cron.</summary>
internal static class MaintenanceCommand
{
    private const string All = "all";

    public static Command Create(CommandContext context)
    {
        Argument<string> job = new("job")
        {
            Description = $"{All}, or one of {string.Join(", ", MaintenanceJobs.Names)}.",
            HelpName = "job",
            DefaultValueFactory = static _ => All,
        };
        job.AcceptOnlyFromAmong([All, .. MaintenanceJobs.Names]);
        Command command = new(
            "maintenance",
            """
            Delete what has expired, and create what is needed soon. Safe at any time and on several instances at
            once: one does the work.
            Example: identity maintenance sessions
            """
        )
        {
            job,
        };
        context.OnRooms(
            command,
            async (parsed, services, answer, cancel) =>
            {
                var jobs = services.GetRequiredService<MaintenanceJobs>();
                List<object> done = [];
                List<string> lines = [];
                foreach (var name in parsed.GetValue(job) is { } one and not All ? [one] : MaintenanceJobs.Names)
                {
                    if (!answer.IsJson && !Console.IsErrorRedirected)
                        await context.Error.WriteAsync($"{name} ...\r");
                    var rows = await jobs.RunAsync(name, cancel);
                    done.Add(
                        new
                        {
                            job = name,
                            rows,
                            elsewhere = rows is null,
                        }
                    );
                    lines.Add(rows is { } count ? $"{name}: {count}" : $"{name}: another instance is running it");
                }

                await answer.GiveAsync(done, [.. lines]);
                return 0;
            }
        );
        return command;
    }
}
