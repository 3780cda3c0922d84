using System.CommandLine;
using Identity.Core.Administration;
using Identity.Core.People;
using Identity.Core.Primitives;
using Identity.Core.Users;
using Identity.Server.Hosting;

namespace Identity.Server.Commands;

/// <summary>The person whom a command of <c>identity users</c> names by address.</summary>
internal static class UserArgument
{
    private const string Gone = "This account is gone.";

    public static Argument<string> Email() => new("email") { Description = "The person's email address." };

    /// <summary>The reason for an action, for the audit log.</summary>
    public static Option<string?> Note(bool required = false) =>
        new("--note")
        {
            Description = "Why, for the audit log.",
            HelpName = "TEXT",
            Required = required,
        };

    /// <summary>For how long an account is locked.</summary>
    public static Option<double> Minutes() =>
        new("--minutes")
        {
            Description = "For how long.",
            HelpName = "NUMBER",
            DefaultValueFactory = static _ => 30,
        };

    /// <exception cref="CommandFailedException">No lock lasts so long.</exception>
    public static TimeSpan Duration(double minutes) =>
        minutes > 0 && minutes <= AccountLock.MaxDuration.TotalMinutes
            ? TimeSpan.FromMinutes(minutes)
            : throw new CommandFailedException(
                "--minutes: must be more than 0 and at most a year. 'users deactivate' has no time limit.",
                CommandFailedException.Usage
            );

    /// <summary>The command line as an operator.</summary>
    public static Operator Actor(IServiceProvider services) => services.Operator();

    /// <summary>Whether the action changed anything. Any other refusal fails the command.</summary>
    public static bool Changed(AdminOutcome outcome)
    {
        if (outcome is AdminOutcome.Refused { Rule: PersonRule.Already })
            return false;
        Demand(outcome);
        return true;
    }

    /// <summary>Succeeds, or fails the command with the reason.</summary>
    public static void Demand(AdminOutcome outcome) => outcome.Require(Gone);

    /// <inheritdoc cref="Demand(AdminOutcome)" />
    public static T Demand<T>(AdminOutcome<T> outcome) => outcome.Require(Gone);

    public static EmailAddress Parse(string? text) =>
        EmailAddress.TryParse(text, out var address)
            ? address
            : throw new CommandFailedException(
                $"'{Answer.Printable(text)}' is not an email address.",
                CommandFailedException.Usage
            );

    public static async Task<UserAccount> FindAsync(
        IServiceProvider services,
        string? email,
        CancellationToken cancellationToken
    )
    {
        var address = Parse(email);
        return await services.GetRequiredService<UserStore>().FindByEmailAsync(address, cancellationToken)
            ?? throw new CommandFailedException($"{address.Value} has no account.");
    }

    /// <summary>Whether the person can sign in, in a word or two.</summary>
    public static string State(UserAccount user, DateTimeOffset now) =>
        user.IsDisabled ? "disabled"
        : user.IsLockedByOperator ? $"locked by an operator until {Answer.Time(user.OperatorLockedUntil)}"
        : user.LockedUntil > now ? $"locked until {Answer.Time(user.LockedUntil)}"
        : "active";
}
