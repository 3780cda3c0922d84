using System.CommandLine;
using System.Globalization;
using Identity.Core.Bench;
using Identity.Core.Data;
using Identity.Server.Hosting;

namespace Identity.Server.Commands;

/// <summary><c>identity bench</c>: measures the database at your planned size, on your machine.</summary>
internal static class BenchCommand
{
    private static readonly int[] Connections = [1, 8, 16];

    public static Command Create(CommandContext context) =>
        new(
            "bench",
            """
            Measure the database at your planned size. Fills an empty database and marks it as a bench;
            no other database is ever measured.
            Example: identity bench fill --users 1000000
            """
        )
        {
            Fill(context),
            Run(context),
        };

    private static Command Fill(CommandContext context)
    {
        var (users, sessions, tokens, events) = (
            Number("--users", "People.", BenchSize.Full.Users),
            Number("--sessions", "Sessions, of which four in ten are active.", BenchSize.Full.Sessions),
            Number("--refresh-tokens", "Refresh tokens, four of a family.", BenchSize.Full.RefreshTokens),
            Number("--events", "Events of the audit log, over four months.", BenchSize.Full.Events)
        );
        Command command = new(
            "fill",
            """
            Fill an empty, migrated database, as its owner. An interrupted fill resumes when it is run again.
            Example: identity bench fill --users 10000 --sessions 100000 --refresh-tokens 100000 --events 200000
            """
        )
        {
            users,
            sessions,
            tokens,
            events,
        };
        context.On(
            command,
            async (parsed, answer, cancel) =>
            {
                BenchSize size = new(
                    parsed.GetValue(users),
                    parsed.GetValue(sessions),
                    parsed.GetValue(tokens),
                    parsed.GetValue(events)
                );
                if (size.Fault() is { } fault)
                    throw new CommandFailedException(fault, CommandFailedException.Usage);
                await using var database = await ProviderDatabase.OpenAsync(
                    context.CreateBuilder(parsed),
                    CommandContext.Quiet,
                    cancel
                );
                await using var owner = PostgresDataSource.Create(database.Migrations);
                return await new BenchFill(owner, size).RunAsync(Bar(context, answer), cancel) switch
                {
                    BenchFillResult.NotABench => throw new CommandFailedException(
                        "This database has accounts and is not marked as a bench. A bench is filled in an empty "
                            + "database only."
                    ),
                    BenchFillResult.OtherSize => throw new CommandFailedException(
                        "This database is a bench of another size. Give that size, or take an empty database."
                    ),
                    _ => await FilledAsync(answer, size),
                };
            }
        );
        return command;
    }

    private static Command Run(CommandContext context)
    {
        Option<int> seconds = new("--seconds")
        {
            Description = "How long each operation is measured at each number of connections.",
            HelpName = "N",
            DefaultValueFactory = static _ => 5,
        };
        Option<bool> cleanup = new("--cleanup")
        {
            Description =
                "Also measure refreshes while ended sessions are deleted. They are gone from the bench afterwards.",
        };
        Option<int?> cleanupSeconds = new("--cleanup-seconds")
        {
            Description = "How long ended sessions are deleted, if not as long as each operation is measured.",
            HelpName = "N",
        };
        Command command = new(
            "run",
            """
            Measure a filled bench as the application's role, with 1, 8 and 16 connections. Prints a table, or
            everything with --json. Exits with 1 if an answer was wrong.
            Example: identity bench run --json > bench.json
            """
        )
        {
            seconds,
            cleanup,
            cleanupSeconds,
        };
        context.OnRooms(
            command,
            async (parsed, services, answer, cancel) =>
            {
                var each = TimeSpan.FromSeconds(Math.Clamp(parsed.GetValue(seconds), 1, 600));
                var run = ActivatorUtilities.CreateInstance<BenchRun>(services);
                var report =
                    await run.RunAsync(Connections, each, Bar(context, answer), cancel)
                    ?? throw new CommandFailedException(
                        "This database is not a filled bench. Run: identity bench fill"
                    );
                if (parsed.GetValue(cleanup))
                {
                    var deletion = TimeSpan.FromSeconds(
                        Math.Clamp(parsed.GetValue(cleanupSeconds) ?? (int)each.TotalSeconds, 1, 3_600)
                    );
                    report = report with { Cleanup = await run.RunCleanupAsync(each, deletion, cancel) };
                }
                await answer.GiveAsync(report, [.. BenchTable.Lines(report)]);
                return report.Results.Any(static one => one.Times.Any(static times => times.Wrong > 0))
                    ? CommandFailedException.Failed
                    : 0;
            }
        );
        return command;
    }

    private static async Task<int> FilledAsync(Answer answer, BenchSize size)
    {
        await answer.GiveAsync(
            size,
            $"Filled: {size.Users} users, {size.Sessions} sessions, {size.RefreshTokens} refresh tokens, "
                + $"{size.Events} events."
        );
        return 0;
    }

    private static Option<int> Number(string name, string description, int usual) =>
        new(name)
        {
            Description = description,
            HelpName = "N",
            DefaultValueFactory = _ => usual,
        };

    // One line that is overwritten, for a person; nothing for a program.
    private static Action<BenchProgress> Bar(CommandContext context, Answer answer)
    {
        const int width = 30;
        return progress =>
        {
            if (answer.IsJson || Console.IsErrorRedirected)
                return;
            var full = (int)(progress.Total == 0 ? width : width * progress.Done / progress.Total);
            var bar = new string('#', full).PadRight(width, '.');
            context.Error.Write(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"\r[{bar}] {progress.Done, 10:N0} of {progress.Total:N0}  {progress.Step, -45}"
                )
            );
            if (progress.Done == progress.Total)
                context.Error.WriteLine();
        };
    }
}
