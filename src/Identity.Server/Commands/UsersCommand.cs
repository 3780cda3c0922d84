using System.CommandLine;
using Identity.Core.Audit;
using Identity.Core.Privacy;
using Identity.Core.Sessions;
using Identity.Core.Users;
using Identity.Server.Hosting;

namespace Identity.Server.Commands;

/// <summary><c>identity users</c>: people, as an operator helps them. Everything done here stands in the audit
/// log.</summary>
internal static class UsersCommand
{
    public static Command Create(CommandContext context) =>
        new(
            "users",
            """
            Manage people: add, find, lock, disable, sign out, erase.
            Example: identity users add ada@example.com --name "Ada Lovelace"
            """
        )
        {
            UsersAddCommand.Create(context),
            UsersListCommand.Create(context),
            UsersShowCommand.Create(context),
            Lock(context),
            Change(
                context,
                ["unlock"],
                "Take an operator's lock off an account, and any that wrong passwords started.",
                "is not locked any more",
                static (services, user, cancel) =>
                    services.GetRequiredService<AccountLock>().UnlockAsync(user, CommandContext.Operator, cancel)
            ),
            Change(
                context,
                ["deactivate", "disable"],
                "Disable an account and end its sessions and tokens. Nothing else is lost.",
                "is off",
                static (services, user, cancel) =>
                    services.GetRequiredService<UserStore>().DisableAsync(user.Id, CommandContext.Operator, cancel),
                "is off already"
            ),
            Change(
                context,
                ["reactivate", "enable"],
                "Enable an account again. Ended sessions stay ended.",
                "is on",
                static (services, user, cancel) =>
                    services.GetRequiredService<UserStore>().EnableAsync(user.Id, CommandContext.Operator, cancel),
                "is on already"
            ),
            EndSessions(context),
            Erase(context),
        };

    private static Command Lock(CommandContext context)
    {
        var email = UserArgument.Email();
        Option<double> minutes = new("--minutes")
        {
            Description = "For how long.",
            HelpName = "NUMBER",
            DefaultValueFactory = static _ => 30,
        };
        Command command = new(
            "lock",
            """
            Let nobody act as a person for a while, by whatever proof. Sessions rest; 'deactivate' ends them.
            Example: identity users lock ada@example.com --minutes 60
            """
        )
        {
            email,
            minutes,
        };
        context.OnRooms(
            command,
            async (parsed, services, answer, cancel) =>
            {
                var minute = parsed.GetValue(minutes);
                if (minute <= 0 || minute > AccountLock.MaxDuration.TotalMinutes)
                    throw new CommandFailedException(
                        "--minutes: must be more than 0, and at most a year. 'deactivate' keeps a person out for good.",
                        CommandFailedException.Usage
                    );
                var user = await UserArgument.FindAsync(services, parsed.GetValue(email), cancel);
                await services
                    .GetRequiredService<AccountLock>()
                    .LockAsync(user, TimeSpan.FromMinutes(minute), CommandContext.Operator, cancel);
                await answer.GiveAsync(
                    new
                    {
                        user.Id,
                        user.Email,
                        minutes = minute,
                    },
                    $"{user.Email} is locked for {minute} minutes."
                );
                return 0;
            }
        );
        return command;
    }

    private static Command EndSessions(CommandContext context)
    {
        var email = UserArgument.Email();
        Command command = new("end-sessions", "Sign a person out everywhere, and end their tokens.") { email };
        context.OnRooms(
            command,
            async (parsed, services, answer, cancel) =>
            {
                var user = await UserArgument.FindAsync(services, parsed.GetValue(email), cancel);
                var ended = await services
                    .GetRequiredService<SessionStore>()
                    .EndAllAsync(user.Id, null, EndReason.AdminRevoked, CommandContext.Operator, cancel);
                await answer.GiveAsync(
                    new
                    {
                        user.Id,
                        user.Email,
                        ended,
                    },
                    $"{ended} sessions of {user.Email} have ended."
                );
                return 0;
            }
        );
        return command;
    }

    private static Command Erase(CommandContext context)
    {
        var email = UserArgument.Email();
        Option<bool> yes = new("--yes") { Description = "Confirm that the account is to be erased." };
        Command command = new(
            "erase",
            """
            Erase an account and everything that is kept about the person, and end its sessions and tokens. Its email
            address can be used again. 'deactivate' keeps the account and refuses its sign-ins.
            """
        )
        {
            email,
            yes,
        };
        command.Aliases.Add("remove");
        context.OnRooms(
            command,
            async (parsed, services, answer, cancel) =>
            {
                var user = await UserArgument.FindAsync(services, parsed.GetValue(email), cancel);
                if (!parsed.GetValue(yes))
                    throw new CommandFailedException(
                        $"This cannot be undone. Add --yes to erase {user.Email}.",
                        CommandFailedException.Usage
                    );
                if (
                    !await services
                        .GetRequiredService<AccountEraser>()
                        .EraseAsync(user.Id, CommandContext.Operator, cancel)
                )
                    throw new CommandFailedException(
                        $"{user.Email} is the last administrator. Add another one first: identity admins add EMAIL"
                    );
                await answer.GiveAsync(new { user.Id, user.Email }, $"{user.Email} was erased.");
                return 0;
            }
        );
        return command;
    }

    private static Command Change(
        CommandContext context,
        string[] names,
        string description,
        string done,
        Func<IServiceProvider, UserAccount, CancellationToken, Task<bool>> change,
        string already = "is gone"
    )
    {
        var email = UserArgument.Email();
        Command command = new(names[0], description) { email };
        foreach (var alias in names[1..])
            command.Aliases.Add(alias);
        context.OnRooms(
            command,
            async (parsed, services, answer, cancel) =>
            {
                var user = await UserArgument.FindAsync(services, parsed.GetValue(email), cancel);
                var changed = await change(services, user, cancel);
                await answer.GiveAsync(
                    new
                    {
                        user.Id,
                        user.Email,
                        changed,
                    },
                    $"{user.Email} {(changed ? done : already)}."
                );
                return 0;
            }
        );
        return command;
    }
}
