using System.CommandLine;
using Identity.Core.Primitives;
using Identity.Core.Users;
using Identity.Server.Hosting;

namespace Identity.Server.Commands;

/// <summary>The person that a command of <c>identity users</c> names, by their address.</summary>
internal static class UserArgument
{
    public static Argument<string> Email() => new("email") { Description = "The person's email address." };

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

    /// <summary>Whether they can sign in, in a word or two.</summary>
    public static string State(UserAccount user, DateTimeOffset now) =>
        user.IsDisabled ? "disabled"
        : user.IsLockedByOperator ? $"locked by an operator until {Answer.Time(user.OperatorLockedUntil)}"
        : user.LockedUntil > now ? $"locked until {Answer.Time(user.LockedUntil)}"
        : "active";
}
