using System.CommandLine;
using Identity.Core.Administration;
using Identity.Core.Audit;
using Identity.Server.Hosting;

namespace Identity.Server.Commands;

/// <summary>The common part of administrative commands: the operator, the request context and a confirmation.</summary>
internal static class AdminCommand
{
    /// <summary>The request context of the command line, for the audit log.</summary>
    public static RequestContext Request => CommandContext.Operator;

    /// <summary>Makes a command that acts with all permissions, because it has the database credentials.</summary>
    public static void OnAdministration(
        this CommandContext context,
        Command command,
        Func<ParseResult, IServiceProvider, Operator, Answer, CancellationToken, Task> work
    ) =>
        context.OnRooms(
            command,
            async (parsed, services, answer, cancel) =>
            {
                await work(parsed, services, services.Operator(), answer, cancel);
                return 0;
            }
        );

    /// <summary>Continues if the person confirmed an action that cannot be undone.</summary>
    public static void Confirm(ParseResult parsed, Option<bool> yes, string what)
    {
        if (!parsed.GetValue(yes))
            throw new CommandFailedException(
                $"This cannot be undone. Add --yes to {what}.",
                CommandFailedException.Usage
            );
    }
}
