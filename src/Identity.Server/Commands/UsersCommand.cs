using System.CommandLine;
using Identity.Core.Administration;
using Identity.Core.People;
using Identity.Core.Users;
using Identity.Server.Hosting;

namespace Identity.Server.Commands;

/// <summary><c>identity users</c>: an operator's actions on people. Every command calls the same action as the console
/// and is recorded in the audit log.</summary>
internal static class UsersCommand
{
    public static Command Create(CommandContext context) =>
        new(
            "users",
            """
            Manage people: add, find, lock, deactivate, sign out, erase.
            Example: identity users add ada@example.com --name "Ada Lovelace"
            """
        )
        {
            UsersAddCommand.Create(context),
            UsersListCommand.Create(context),
            UsersImportCommand.Create(context),
            UsersExportCommand.Create(context),
            UsersShowCommand.Create(context),
            Lock(context),
            Change(
                context,
                ["unlock"],
                "Remove an operator's lock from an account, and any lock caused by wrong passwords.",
                "is not locked any more",
                static (services, actor, user, cancel) =>
                    services
                        .GetRequiredService<AccountActions>()
                        .UnlockAsync(actor, user.Id, CommandContext.Operator, cancel)
            ),
            Deactivate(context),
            Change(
                context,
                ["reactivate", "enable"],
                "Enable an account again. Ended sessions stay ended.",
                "is on",
                static (services, actor, user, cancel) =>
                    services
                        .GetRequiredService<AccountActions>()
                        .ReactivateAsync(actor, user.Id, CommandContext.Operator, cancel),
                "is on already"
            ),
            EndSessions(context),
            UsersTokenCommands.List(context),
            UsersTokenCommands.Add(context),
            UsersTokenCommands.Revoke(context),
            UsersHelpCommands.RemoveFactor(context),
            UsersHelpCommands.SendReset(context),
            UsersHelpCommands.Secure(context),
            UsersHelpCommands.SetEmail(context),
            UsersHelpCommands.Copy(context),
            UsersHelpCommands.Erase(context),
        };

    private static Command Lock(CommandContext context)
    {
        var email = UserArgument.Email();
        var minutes = UserArgument.Minutes();
        var note = UserArgument.Note();
        Command command = new(
            "lock",
            """
            Lock an account for a while: nobody can sign in to it. Sessions are suspended; 'deactivate' ends them.
            Example: identity users lock ada@example.com --minutes 60
            """
        )
        {
            email,
            minutes,
            note,
        };
        context.OnRooms(
            command,
            async (parsed, services, answer, cancel) =>
            {
                var minute = parsed.GetValue(minutes);
                var duration = UserArgument.Duration(minute);
                var user = await UserArgument.FindAsync(services, parsed.GetValue(email), cancel);
                var outcome = await services
                    .GetRequiredService<AccountActions>()
                    .LockAsync(
                        UserArgument.Actor(services),
                        user.Id,
                        duration,
                        parsed.GetValue(note),
                        CommandContext.Operator,
                        cancel
                    );
                UserArgument.Demand(outcome);
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

    private static Command Deactivate(CommandContext context)
    {
        var email = UserArgument.Email();
        Option<DateTimeOffset?> from = new("--from")
        {
            Description = "When, such as 2027-01-31T18:00Z. Default: now.",
            HelpName = "MOMENT",
        };
        var note = UserArgument.Note();
        Command command = new(
            "deactivate",
            "Deactivate an account and end its sessions and tokens. Nothing else is lost."
        )
        {
            email,
            from,
            note,
        };
        command.Aliases.Add("disable");
        context.OnRooms(
            command,
            async (parsed, services, answer, cancel) =>
            {
                var user = await UserArgument.FindAsync(services, parsed.GetValue(email), cancel);
                var outcome = await services
                    .GetRequiredService<AccountActions>()
                    .DeactivateAsync(
                        UserArgument.Actor(services),
                        user.Id,
                        parsed.GetValue(from),
                        parsed.GetValue(note),
                        CommandContext.Operator,
                        cancel
                    );
                var changed = UserArgument.Changed(outcome);
                var day = parsed.GetValue(from) is { } moment ? $"is off from {Answer.Time(moment)} on" : "is off";
                await answer.GiveAsync(
                    new
                    {
                        user.Id,
                        user.Email,
                        changed,
                    },
                    $"{user.Email} {(changed ? day : "is off already")}."
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
                var outcome = await services
                    .GetRequiredService<SessionActions>()
                    .EndAllAsync(UserArgument.Actor(services), user.Id, CommandContext.Operator, cancel);
                var ended = UserArgument.Demand(outcome);
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

    private static Command Change(
        CommandContext context,
        string[] names,
        string description,
        string done,
        Func<IServiceProvider, Operator, UserAccount, CancellationToken, Task<AdminOutcome>> change,
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
                var changed = UserArgument.Changed(await change(services, UserArgument.Actor(services), user, cancel));
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
