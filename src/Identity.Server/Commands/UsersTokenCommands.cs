using System.CommandLine;
using Identity.Core.People;
using Identity.Core.PersonalTokens;
using Identity.Server.Hosting;

namespace Identity.Server.Commands;

/// <summary>Commands of <c>identity users</c> for people's personal access tokens.</summary>
internal static class UsersTokenCommands
{
    public static Command List(CommandContext context)
    {
        var email = UserArgument.Email();
        Command command = new("tokens", "List a person's personal access tokens, newest first.") { email };
        context.OnRooms(
            command,
            async (parsed, services, answer, cancel) =>
            {
                var user = await UserArgument.FindAsync(services, parsed.GetValue(email), cancel);
                await answer.TableAsync(
                    await services.GetRequiredService<PersonalTokenStore>().ListAsync(user.Id, cancel),
                    $"{user.Email} has no personal access tokens.",
                    ("token", static token => token.Id.ToString()),
                    ("name", static token => token.Name),
                    ("expires", static token => Answer.Time(token.ExpiresAt)),
                    ("last used", static token => Answer.Time(token.LastUsedAt)),
                    ("scopes", static token => string.Join(' ', token.Scopes))
                );
                return 0;
            }
        );
        return command;
    }

    public static Command Add(CommandContext context)
    {
        var email = UserArgument.Email();
        Option<string> name = new("--name") { Description = "What the person calls it.", Required = true };
        Option<string[]> scopes = new("--scope")
        {
            Description = "A scope that the person holds. Can be repeated.",
            Required = true,
        };
        Option<int> days = new("--days") { Description = "Its life in days.", DefaultValueFactory = static _ => 30 };
        Command command = new(
            "add-token",
            """
            Make a personal access token for a person, who is notified by mail. It is shown once.
            Example: identity users add-token ada@example.com --name "Night report" --scope reports --days 30
            """
        )
        {
            email,
            name,
            scopes,
            days,
        };
        context.OnRooms(
            command,
            async (parsed, services, answer, cancel) =>
            {
                var user = await UserArgument.FindAsync(services, parsed.GetValue(email), cancel);
                // A scope is on offer only if it exists.
                await ClientsCommand.LoadAsync(services, cancel);
                var outcome = await services
                    .GetRequiredService<PersonalTokenActions>()
                    .CreateAsync(
                        UserArgument.Actor(services),
                        user.Id,
                        new(parsed.GetValue(name)!, parsed.GetValue(scopes)!, parsed.GetValue(days)),
                        CommandContext.Operator,
                        cancel
                    );
                var made = outcome.Require($"{user.Email} has no account any more.");
                await answer.GiveAsync(
                    new { made.Id, Token = made.Token.Value },
                    made.Token.Value,
                    $"Shown once. {user.Email} was told by mail."
                );
                return 0;
            }
        );
        return command;
    }

    public static Command Revoke(CommandContext context)
    {
        var email = UserArgument.Email();
        Argument<string> id = new("token") { Description = "The token's id, from 'users tokens'." };
        Command command = new(
            "revoke-token",
            """
            Revoke a personal access token of a person, who is notified by mail.
            Example: identity users revoke-token ada@example.com 0193a1b2-0000-7000-8000-000000000001
            """
        )
        {
            email,
            id,
        };
        context.OnRooms(
            command,
            async (parsed, services, answer, cancel) =>
            {
                if (!Guid.TryParse(parsed.GetValue(id), out var token))
                    throw new CommandFailedException(
                        $"'{Answer.Printable(parsed.GetValue(id))}' is not an id.",
                        CommandFailedException.Usage
                    );
                var user = await UserArgument.FindAsync(services, parsed.GetValue(email), cancel);
                var outcome = await services
                    .GetRequiredService<PersonalTokenActions>()
                    .RevokeAsync(UserArgument.Actor(services), user.Id, token, CommandContext.Operator, cancel);
                outcome.Require("There is no such token, or it was revoked already.");
                await answer.GiveAsync(new { user.Id, Token = token }, $"{token} of {user.Email} was revoked.");
                return 0;
            }
        );
        return command;
    }
}
