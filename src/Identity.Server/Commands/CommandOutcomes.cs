using Identity.Core.Administration;
using Identity.Server.Hosting;

namespace Identity.Server.Commands;

/// <summary>Translates an administrative outcome for a command: a value, or a failure with its text and exit
/// code.</summary>
internal static class CommandOutcomes
{
    /// <summary>The operator of a command.</summary>
    public static Operator Operator(this IServiceProvider services) =>
        services.GetRequiredService<OperatorReader>().OfCommandLine();

    /// <param name="notFound">What is said where the thing does not exist.</param>
    /// <exception cref="CommandFailedException">It did not take effect.</exception>
    public static void Require(this AdminOutcome outcome, string notFound)
    {
        if (outcome is not AdminOutcome.Done)
            throw Failure(outcome, notFound);
    }

    /// <param name="notFound">What is said where the thing does not exist.</param>
    /// <exception cref="CommandFailedException">It did not take effect.</exception>
    public static T Require<T>(this AdminOutcome<T> outcome, string notFound) =>
        outcome switch
        {
            AdminOutcome<T>.Done done => done.Value,
            AdminOutcome<T>.Failed failed => throw Failure(failed.Reason, notFound),
            _ => throw new InvalidOperationException("An action is done or failed."),
        };

    private static CommandFailedException Failure(AdminOutcome outcome, string notFound) =>
        outcome switch
        {
            AdminOutcome.NotFound => new(notFound),
            AdminOutcome.Refused refused => new(refused.Text),
            AdminOutcome.Invalid invalid => new(
                [.. invalid.More.Prepend(invalid).Select(static fault => $"{fault.Field}: {fault.Text}")],
                CommandFailedException.Usage
            ),
            AdminOutcome.Stale => new("It was changed at this moment by somebody else. Try again."),
            _ => throw new InvalidOperationException($"A command cannot end with {outcome.GetType().Name}."),
        };
}
