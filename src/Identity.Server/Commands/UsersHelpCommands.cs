using System.CommandLine;
using Identity.Core.People;
using Identity.Server.Hosting;

namespace Identity.Server.Commands;

/// <summary>Commands of <c>identity users</c> for people who need help: a lost phone, a forgotten password, another
/// address, a copy of their data, the erasure of their account.</summary>
internal static class UsersHelpCommands
{
    public static Command RemoveFactor(CommandContext context)
    {
        var email = UserArgument.Email();
        var note = UserArgument.Note(required: true);
        Command command = new(
            "remove-factor",
            """
            Remove a person's authenticator app and recovery codes, after verifying who is asking. They are
            notified by mail.
            Example: identity users remove-factor ada@example.com --note "Recognised on a video call"
            """
        )
        {
            email,
            note,
        };
        context.OnRooms(
            command,
            async (parsed, services, answer, cancel) =>
            {
                var user = await UserArgument.FindAsync(services, parsed.GetValue(email), cancel);
                var outcome = await services
                    .GetRequiredService<FactorActions>()
                    .RemoveTotpAsync(
                        UserArgument.Actor(services),
                        user.Id,
                        parsed.GetValue(note),
                        CommandContext.Operator,
                        cancel
                    );
                var changed = UserArgument.Changed(outcome);
                await answer.GiveAsync(
                    new
                    {
                        user.Id,
                        user.Email,
                        changed,
                    },
                    $"{user.Email} {(changed ? "has no second factor any more" : "had no second factor")}."
                );
                return 0;
            }
        );
        return command;
    }

    public static Command SendReset(CommandContext context)
    {
        var email = UserArgument.Email();
        Command command = new("send-reset", "Send a person a link to choose a new password.") { email };
        context.OnRooms(
            command,
            async (parsed, services, answer, cancel) =>
            {
                var user = await UserArgument.FindAsync(services, parsed.GetValue(email), cancel);
                UserArgument.Demand(
                    await services
                        .GetRequiredService<AccessActions>()
                        .SendResetAsync(UserArgument.Actor(services), user.Id, CommandContext.Operator, cancel)
                );
                await answer.GiveAsync(new { user.Id, user.Email }, $"A link is on its way to {user.Email}.");
                return 0;
            }
        );
        return command;
    }

    public static Command Secure(CommandContext context)
    {
        var email = UserArgument.Email();
        Command command = new(
            "secure",
            """
            Secure an account that was taken over: end its sessions, the access of apps, trusted browsers and open
            links, and remove the password. The person is notified by mail and chooses a new one.
            """
        )
        {
            email,
        };
        context.OnRooms(
            command,
            async (parsed, services, answer, cancel) =>
            {
                var user = await UserArgument.FindAsync(services, parsed.GetValue(email), cancel);
                var ended = UserArgument.Demand(
                    await services
                        .GetRequiredService<AccessActions>()
                        .SecureAsync(UserArgument.Actor(services), user.Id, CommandContext.Operator, cancel)
                );
                await answer.GiveAsync(
                    new
                    {
                        user.Id,
                        user.Email,
                        ended,
                    },
                    $"{user.Email} is secured: {ended.Sessions} sessions and the access of {ended.Apps} apps ended."
                );
                return 0;
            }
        );
        return command;
    }

    public static Command SetEmail(CommandContext context)
    {
        var email = UserArgument.Email();
        Argument<string> next = new("new-email") { Description = "The new address." };
        Command command = new(
            "set-email",
            """
            Set another email address and end the person's sessions. Both addresses are notified; the old one can undo
            the change for a while.
            Example: identity users set-email ada@example.com ada@example.org
            """
        )
        {
            email,
            next,
        };
        context.OnRooms(
            command,
            async (parsed, services, answer, cancel) =>
            {
                var user = await UserArgument.FindAsync(services, parsed.GetValue(email), cancel);
                var address = UserArgument.Parse(parsed.GetValue(next)).Value;
                var changed = UserArgument.Changed(
                    await services
                        .GetRequiredService<AccessActions>()
                        .SetEmailAsync(UserArgument.Actor(services), user.Id, address, CommandContext.Operator, cancel)
                );
                await answer.GiveAsync(
                    new
                    {
                        user.Id,
                        email = address,
                        changed,
                    },
                    $"The address of this account is {(changed ? "now" : "already")} {address}."
                );
                return 0;
            }
        );
        return command;
    }

    public static Command Copy(CommandContext context)
    {
        var email = UserArgument.Email();
        Command command = new(
            "copy",
            "Print everything that is stored about a person, as JSON, without secrets. They are notified by mail."
        )
        {
            email,
        };
        context.OnRooms(
            command,
            async (parsed, services, answer, cancel) =>
            {
                var user = await UserArgument.FindAsync(services, parsed.GetValue(email), cancel);
                var outcome = await services
                    .GetRequiredService<DataActions>()
                    .ExportAsync(UserArgument.Actor(services), user.Id, CommandContext.Operator, cancel);
                await context.Output.WriteLineAsync(UserArgument.Demand(outcome).AsMemory(), cancel);
                return 0;
            }
        );
        return command;
    }

    public static Command Erase(CommandContext context)
    {
        var email = UserArgument.Email();
        Option<bool> yes = new("--yes") { Description = "Confirm that the account is to be erased." };
        Command command = new(
            "erase",
            """
            Erase an account and everything that is stored about the person, and end its sessions and tokens. Its email
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
                UserArgument.Demand(
                    await services
                        .GetRequiredService<DataActions>()
                        .EraseAsync(UserArgument.Actor(services), user.Id, user.Email, CommandContext.Operator, cancel)
                );
                await answer.GiveAsync(new { user.Id, user.Email }, $"{user.Email} was erased.");
                return 0;
            }
        );
        return command;
    }
}
