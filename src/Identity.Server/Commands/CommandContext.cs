using System.CommandLine;
using System.Net.Sockets;
using Identity.Core.Audit;
using Identity.Core.Data;
using Identity.Server.Hosting;
using Identity.Server.Protocol.Engine;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Identity.Server.Commands;

/// <summary>The context of every command: input and output, the common options, and the provider's rooms without a
/// running host.</summary>
internal sealed class CommandContext(IProtocolEngine engine, TextReader input, TextWriter output, TextWriter error)
{
    /// <summary>The operator as recorded in the audit log.</summary>
    public static RequestContext Operator { get; } = new(null, $"identity command line ({Environment.UserName})", null);

    /// <summary>The protocol engine.</summary>
    public IProtocolEngine Engine => engine;

    public TextReader Input => input;

    public TextWriter Output => output;

    public TextWriter Error => error;

    /// <summary>An extra file of settings.</summary>
    public Option<string?> ConfigFile { get; } =
        new("--config")
        {
            Description = "An additional settings file, read after appsettings.json.",
            HelpName = "FILE",
            Recursive = true,
        };

    /// <summary>Output for programs.</summary>
    public Option<bool> Json { get; } = new("--json") { Description = "Print JSON.", Recursive = true };

    /// <summary>The command with all its parents, as typed.</summary>
    public static string NameOf(Command command)
    {
        List<string> names = [];
        for (Command? one = command; one is not null; one = one.Parents.OfType<Command>().FirstOrDefault())
            names.Insert(0, one is RootCommand ? "identity" : one.Name);
        return string.Join(' ', names);
    }

    /// <summary>Where this command writes its answer.</summary>
    public Answer AnswerTo(ParseResult parsed) => new(output, parsed.GetValue(Json));

    /// <summary>Makes a command that uses the rooms: their services are composed as for the host and disposed of
    /// afterwards.</summary>
    public void OnRooms(
        Command command,
        Func<ParseResult, IServiceProvider, Answer, CancellationToken, Task<int>> work
    ) =>
        On(
            command,
            async (parsed, answer, cancel) =>
            {
                var builder = CreateBuilder(parsed);
                await using var database = await ProviderDatabase.OpenAsync(builder, Quiet, cancel);
                if (database.IsEmbedded)
                    await database.MigrateAsync(Quiet, cancel);
                if (
                    database.IsEmbedded
                    || builder.Environment.IsDevelopment() && builder.Configuration.GetValue("Identity:Demo", false)
                )
                    builder.AddDemo();
                builder.AddIdentity(database.Application, engine);
                await using var app = builder.Build();
                return await work(parsed, app.Services, answer, cancel);
            }
        );

    /// <summary>Makes a command that needs no room. Failures of the database or a file are reported in one line, with
    /// their exit code.</summary>
    public void On(Command command, Func<ParseResult, Answer, CancellationToken, Task<int>> work) =>
        command.SetAction(
            async (parsed, cancel) =>
            {
                try
                {
                    return await work(parsed, AnswerTo(parsed), cancel);
                }
                catch (OptionsValidationException faulty)
                {
                    throw new CommandFailedException([.. faulty.Failures], CommandFailedException.Failed);
                }
                catch (PostgresException refused)
                    when (refused.SqlState
                            is PostgresErrorCodes.UndefinedTable
                                or PostgresErrorCodes.UndefinedFunction
                                or PostgresErrorCodes.UndefinedColumn
                                or PostgresErrorCodes.InvalidSchemaName
                    )
                {
                    throw new CommandFailedException(
                        $"The schema is behind this program ({refused.MessageText}). Run: identity migrate up"
                    );
                }
                catch (PostgresException refused) when (refused.SqlState is PostgresErrorCodes.InsufficientPrivilege)
                {
                    throw new CommandFailedException(
                        $"The database refused the request: {refused.MessageText}. Is "
                            + "ConnectionStrings:IdentityMigrations set to the owner's connection?"
                    );
                }
                catch (PostgresException refused) when (!DatabaseOutage.Includes(refused))
                {
                    throw new CommandFailedException(
                        $"The database refused the request: {refused.MessageText} ({refused.SqlState})"
                    );
                }
                catch (Exception unreachable)
                    when (unreachable is NpgsqlException or SocketException or TimeoutException)
                {
                    var why = unreachable is PostgresException refused
                        ? refused.MessageText
                        : (unreachable.InnerException ?? unreachable).Message;
                    throw new CommandFailedException(
                        $"The database does not respond: {why}",
                        CommandFailedException.Unreachable
                    );
                }
            }
        );

    /// <summary>The settings for this command. Nothing is logged to the standard output, which belongs to the
    /// answer.</summary>
    public WebApplicationBuilder CreateBuilder(ParseResult parsed)
    {
        var builder = HostSettings.CreateBuilder([], parsed.GetValue(ConfigFile));
        builder.Configuration[Logging.Section + ":Level"] = nameof(LogLevel.None);
        return builder;
    }

    /// <summary>A logger that discards everything.</summary>
    public static ILogger Quiet { get; } = Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance;
}
