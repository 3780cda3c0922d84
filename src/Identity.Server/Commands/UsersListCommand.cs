using System.CommandLine;
using Identity.Core.Users;

namespace Identity.Server.Commands;

/// <summary><c>identity users list</c>.</summary>
internal static class UsersListCommand
{
    public static Command Create(CommandContext context)
    {
        Option<string?> search = new("--search")
        {
            Description = "Only people whose email address or name contains this text.",
            HelpName = "TEXT",
        };
        Option<int> limit = new("--limit")
        {
            Description = "The maximum number of results (1 to 1000).",
            HelpName = "NUMBER",
            DefaultValueFactory = static _ => 100,
        };
        Command command = new("list", "List people, newest first.") { search, limit };
        context.OnRooms(
            command,
            async (parsed, services, answer, cancel) =>
            {
                var now = services.GetRequiredService<TimeProvider>().GetUtcNow();
                await answer.TableAsync(
                    await services
                        .GetRequiredService<UserStore>()
                        .SearchAsync(parsed.GetValue(search), parsed.GetValue(limit), cancel),
                    "Nobody.",
                    ("email", static user => user.Email),
                    ("name", static user => user.Name),
                    ("state", user => UserArgument.State(user, now)),
                    ("last sign-in", static user => Answer.Time(user.LastLoginAt)),
                    ("id", static user => user.Id.ToString())
                );
                return 0;
            }
        );
        return command;
    }
}
