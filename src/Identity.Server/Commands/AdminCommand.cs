using System.CommandLine;
using Identity.Core.Administration;
using Identity.Core.Audit;
using Identity.Server.Hosting;

namespace Identity.Server.Commands;

/// <summary>What the commands of administration share: who acts, and how an outcome becomes an answer and an exit
/// code.</summary>
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
                var actor = services.GetRequiredService<OperatorReader>().OfCommandLine();
                await work(parsed, services, actor, answer, cancel);
                return 0;
            }
        );

    /// <summary>The value of an action that was done.</summary>
    /// <param name="what">What was asked for, in a word or two: "The role editor".</param>
    /// <exception cref="CommandFailedException">It was not done.</exception>
    public static T Value<T>(this AdminOutcome<T> outcome, string what) =>
        outcome switch
        {
            AdminOutcome<T>.Done done => done.Value,
            AdminOutcome<T>.Failed failed => throw Failure(failed.Reason, what),
            _ => throw new InvalidOperationException($"{outcome} is no outcome."),
        };

    /// <summary>Passes over an action that was done.</summary>
    /// <exception cref="CommandFailedException">It was not done.</exception>
    public static void Require(this AdminOutcome outcome, string what)
    {
        if (outcome is not AdminOutcome.Done)
            throw Failure(outcome, what);
    }

    /// <summary>Passes on when the person confirmed what cannot be undone.</summary>
    public static void Confirm(ParseResult parsed, Option<bool> yes, string what)
    {
        if (!parsed.GetValue(yes))
            throw new CommandFailedException(
                $"This cannot be undone. Add --yes to {what}.",
                CommandFailedException.Usage
            );
    }

    private static CommandFailedException Failure(AdminOutcome outcome, string what) =>
        outcome switch
        {
            AdminOutcome.NotFound => new($"{what} does not exist."),
            AdminOutcome.Refused refused => new(refused.Text),
            AdminOutcome.Invalid invalid => new($"{invalid.Field}: {invalid.Text}", CommandFailedException.Usage),
            AdminOutcome.Stale => new($"{what} changed meanwhile. Try again."),
            _ => throw new InvalidOperationException($"{outcome} is no outcome of a command."),
        };
}
