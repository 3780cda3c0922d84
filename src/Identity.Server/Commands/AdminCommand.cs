using System.CommandLine;
using Identity.Core.Administration;
using Identity.Core.Audit;
using Identity.Server.Hosting;

namespace Identity.Server.Commands;

/// <summary>What the commands of administration share: who acts, from where, and a confirmation.</summary>
internal static class AdminCommand
{
    /// <summary>Where a command line acts from, for the audit log.</summary>
    public static RequestContext Request => CommandContext.Operator;

    /// <summary>Makes a command that acts with all permissions: it runs with the credentials of the
    /// database.</summary>
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

    /// <summary>Passes on when the person confirmed what cannot be undone.</summary>
    public static void Confirm(ParseResult parsed, Option<bool> yes, string what)
    {
        if (!parsed.GetValue(yes))
            throw new CommandFailedException(
                $"This cannot be undone. Add --yes to {what}.",
                CommandFailedException.Usage
            );
    }
}
