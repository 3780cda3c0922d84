using System.CommandLine;
using System.Reflection;
using Identity.Server.Hosting;
using Identity.Server.Protocol.Engine;

namespace Identity.Server.Commands;

// Commands owns the command line: the commands, their output and their exit codes. It contains no rules; every command
// is a few calls into a room.

/// <summary>The program <c>identity</c>. Exit codes: 0 it worked, 1 it did not, 2 the command line is wrong, 3 the
/// database or the issuer does not answer.</summary>
internal static class CommandLine
{
    private static readonly string[] HelpAndVersion = ["-h", "--help", "-?", "/?", "--version"];

    /// <summary>Runs one command to its end.</summary>
    public static async Task<int> RunAsync(
        string[] arguments,
        IProtocolEngine engine,
        TextReader input,
        TextWriter output,
        TextWriter error
    )
    {
        CommandContext context = new(engine, input, output, error);
        var root = Describe(context);
        try
        {
            var parsed = root.Parse(Complete(arguments, root));
            if (parsed.Errors.Count > 0)
            {
                foreach (var wrong in parsed.Errors)
                    await error.WriteLineAsync(wrong.Message);
                await error.WriteLineAsync($"Run: {CommandContext.NameOf(parsed.CommandResult.Command)} --help");
                return CommandFailedException.Usage;
            }

            return await parsed.InvokeAsync(
                new()
                {
                    EnableDefaultExceptionHandler = false,
                    ProcessTerminationTimeout = null,
                    Output = output,
                    Error = error,
                }
            );
        }
        catch (CommandFailedException failed) when (Assembly.GetEntryAssembly() == engine.GetType().Assembly)
        {
            // A test that hosts the program in its own process gets the exception.
            foreach (var fault in failed.Faults)
                await error.WriteLineAsync(fault);
            return failed.ExitCode;
        }
    }

    internal static RootCommand Describe(CommandContext context)
    {
        RootCommand root = new("A self-hosted OpenID Connect provider. Without a command it serves.")
        {
            ServeCommand.Create(context),
            MigrateCommand.Create(context),
            DoctorCommand.Create(context),
            ReadyCommand.Create(context),
            ConfigCommand.Create(context),
            UsersCommand.Create(context),
            BulkCommand.Create(context),
            AdminsCommand.Create(context),
            RolesCommand.Create(context),
            GroupsCommand.Create(context),
            InvitationsCommand.Create(context),
            AttributesCommand.Create(context),
            ClaimsCommand.Create(context),
            ClientsCommand.Create(context),
            ScopesCommand.Create(context),
            GrantsCommand.Create(context),
            ExplainCommand.Create(context),
            KeysCommand.Create(context),
            LogoutCommand.Create(context),
            WebhooksCommand.Create(context),
            MailCommand.Create(context),
            TextsCommand.Create(context),
            MaintenanceCommand.Create(context),
            BenchCommand.Create(context),
            RestoreCommand.Create(context),
            AuditCommand.Create(context),
            DetectCommand.Create(context),
            AlertsCommand.Create(context),
        };
        root.Add(context.ConfigFile);
        root.Add(context.Json);
        return root;
    }

    // The host's own arguments (--urls=..., --environment=...) may come without a command: then it is serve.
    private static string[] Complete(string[] arguments, RootCommand root)
    {
        var names = root.Subcommands.Select(static command => command.Name).ToHashSet(StringComparer.Ordinal);
        return
            arguments.Any(argument => names.Contains(argument))
            || arguments is [var only] && HelpAndVersion.Contains(only)
            ? arguments
            : ["serve", .. arguments];
    }
}
