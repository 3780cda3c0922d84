using System.CommandLine;
using Identity.Core.Data;
using Identity.Server.Hosting;
using Npgsql;

namespace Identity.Server.Commands;

/// <summary><c>identity migrate</c>: changes the schema, as the owner.</summary>
internal static class MigrateCommand
{
    public static Command Create(CommandContext context)
    {
        Command command = new(
            "migrate",
            """
            Migrate the schema to this program's version, or back. Uses the owner's connection:
            ConnectionStrings:IdentityMigrations or POSTGRES_URL_NON_POOLING. Each migration is applied completely or
            not at all.
            Example: identity migrate up --dry-run
            """
        )
        {
            Status(context),
            Up(context),
            Down(context),
        };
        return command;
    }

    private static Command Status(CommandContext context)
    {
        Command command = new(
            "status",
            "Show every migration and whether it is applied. Exits with 1 if one is missing or was changed."
        );
        OnOwner(
            context,
            command,
            static async (_, runner, answer, cancel) =>
            {
                var rows = await runner.StatusAsync(cancel);
                await answer.TableAsync(
                    rows,
                    "There are no migrations.",
                    ("version", static row => row.Version.ToString("000", null)),
                    ("name", static row => row.Name),
                    ("applied", static row => Answer.Time(row.AppliedAt)),
                    ("state", State)
                );
                return rows.Any(static row => row.IsPending || row.Changed) ? CommandFailedException.Failed : 0;
            }
        );
        return command;
    }

    private static Command Up(CommandContext context)
    {
        Option<int> to = new("--to")
        {
            Description = "The last migration to apply.",
            HelpName = "VERSION",
            DefaultValueFactory = static _ => int.MaxValue,
        };
        Option<bool> dryRun = new("--dry-run") { Description = "Run everything in one transaction and roll it back." };
        Command command = new("up", "Apply what is missing.") { to, dryRun };
        OnOwner(
            context,
            command,
            async (parsed, runner, answer, cancel) =>
            {
                var applied = await runner.UpAsync(cancel, parsed.GetValue(to), parsed.GetValue(dryRun));
                await TellAsync(
                    answer,
                    applied,
                    parsed.GetValue(dryRun),
                    "Nothing to apply: the schema is current.",
                    "applied",
                    "Would apply"
                );
                return 0;
            }
        );
        return command;
    }

    private static Command Down(CommandContext context)
    {
        Option<int> to = new("--to")
        {
            Description = "The last migration to keep; 0 rolls back everything, with all data.",
            HelpName = "VERSION",
            Required = true,
        };
        Option<bool> dryRun = new("--dry-run") { Description = "Run everything in one transaction and roll it back." };
        Option<bool> yes = new("--yes") { Description = "Confirm that the data of these migrations will be lost." };
        Command command = new(
            "down",
            """
            Roll back migrations, newest first. The data in their tables is lost.
            Example: identity migrate down --to 1 --dry-run
            """
        )
        {
            to,
            dryRun,
            yes,
        };
        OnOwner(
            context,
            command,
            async (parsed, runner, answer, cancel) =>
            {
                if (!parsed.GetValue(dryRun) && !parsed.GetValue(yes))
                    throw new CommandFailedException(
                        "This deletes data. Try it with --dry-run first; add --yes to do it.",
                        CommandFailedException.Usage
                    );
                var undone = await runner.DownAsync(parsed.GetValue(to), cancel, parsed.GetValue(dryRun));
                await TellAsync(
                    answer,
                    undone,
                    parsed.GetValue(dryRun),
                    "Nothing to roll back.",
                    "rolled back",
                    "Would roll back"
                );
                return 0;
            }
        );
        return command;
    }

    private static Task TellAsync(
        Answer answer,
        IReadOnlyList<Migration> migrations,
        bool dryRun,
        string nothing,
        string done,
        string would
    ) =>
        answer.GiveAsync(
            new { dryRun, migrations = migrations.Select(static m => m.Name) },
            migrations.Count == 0
                ? [nothing]
                : [.. migrations.Select(m => dryRun ? $"{would} {m.Name}" : $"{m.Name} {done}")]
        );

    private static string State(MigrationStatus row) =>
        row.Changed ? "changed after it was applied"
        : row.IsPending ? "missing"
        : MigrationRunner.All.Any(m => m.Version == row.Version) ? "applied"
        : "of a newer program";

    private static void OnOwner(
        CommandContext context,
        Command command,
        Func<ParseResult, MigrationRunner, Answer, CancellationToken, Task<int>> work
    ) =>
        context.On(
            command,
            async (parsed, answer, cancel) =>
            {
                await using var database = await ProviderDatabase.OpenAsync(
                    context.CreateBuilder(parsed),
                    CommandContext.Quiet,
                    cancel
                );
                await using var owner = PostgresDataSource.Create(database.Migrations);
                try
                {
                    return await work(parsed, new MigrationRunner(owner), answer, cancel);
                }
                catch (InvalidOperationException refused)
                {
                    throw new CommandFailedException(refused.Message);
                }
                catch (PostgresException failed)
                    when (failed.SqlState
                            is not PostgresErrorCodes.InvalidPassword
                                and not PostgresErrorCodes.InvalidAuthorizationSpecification
                                and not PostgresErrorCodes.InvalidCatalogName
                    )
                {
                    throw new CommandFailedException(
                        $"The migration failed and was rolled back: {failed.MessageText} ({failed.SqlState})."
                    );
                }
            }
        );
}
