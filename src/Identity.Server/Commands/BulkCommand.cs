using System.CommandLine;
using Identity.Core.Administration;
using Identity.Core.People;
using Identity.Server.Hosting;

namespace Identity.Server.Commands;

/// <summary><c>identity bulk</c>: one action on many people.</summary>
internal static class BulkCommand
{
    public static Command Create(CommandContext context) =>
        new(
            "bulk",
            """
            Act on many people: those you name, or those who match --search, --state, --holding and
            --not-seen-since. At most 200 at once; administrators are left out.
            Example: identity bulk lock ada@example.com eve@example.com --minutes 60 --yes
            """
        )
        {
            Lock(context),
            Of(context, "unlock", "Remove locks.", new BulkOrder.Unlock()),
            Of(
                context,
                "end-sessions",
                "Sign people out everywhere, and end their tokens.",
                new BulkOrder.EndSessions()
            ),
            Of(
                context,
                "require-password",
                "Secure accounts: every access ends, and each person chooses a new password.",
                new BulkOrder.RequirePassword()
            ),
            AddToGroup(context),
            GrantRole(context),
        };

    private static Command Of(CommandContext context, string name, string description, BulkOrder order) =>
        Acting(context, new(name, description), (_, _, _, _) => Task.FromResult(order));

    private static Command Lock(CommandContext context)
    {
        var minutes = UserArgument.Minutes();
        var note = UserArgument.Note();
        Command command = new("lock", "Lock accounts for a while. Sessions are suspended.") { minutes, note };
        return Acting(
            context,
            command,
            (parsed, _, _, _) =>
                Task.FromResult<BulkOrder>(
                    new BulkOrder.Lock(UserArgument.Duration(parsed.GetValue(minutes)), parsed.GetValue(note))
                )
        );
    }

    private static Command AddToGroup(CommandContext context)
    {
        var group = RoleArgument.Group();
        return Acting(
            context,
            new("add-to-group", "Add people to a group that carries no administrative role.") { group },
            async (parsed, services, actor, cancel) =>
            {
                var one = await RoleArgument.FindGroupAsync(services, actor, parsed.GetValue(group)!, cancel);
                return new BulkOrder.AddToGroup(one.Id);
            }
        );
    }

    private static Command GrantRole(CommandContext context)
    {
        var role = RoleArgument.Role();
        var client = RoleArgument.Client();
        return Acting(
            context,
            new("grant-role", "Grant a role to people; not an administrative one.") { role, client },
            async (parsed, services, actor, cancel) =>
            {
                var one = await RoleArgument.FindRoleAsync(
                    services,
                    actor,
                    parsed.GetValue(role)!,
                    parsed.GetValue(client),
                    cancel
                );
                return new BulkOrder.GrantRole(one.Id);
            }
        );
    }

    private static Command Acting(
        CommandContext context,
        Command command,
        Func<ParseResult, IServiceProvider, Operator, CancellationToken, Task<BulkOrder>> order
    )
    {
        BulkPeople people = new(command);
        context.OnRooms(
            command,
            async (parsed, services, answer, cancel) =>
            {
                await using var scope = services.CreateAsyncScope();
                var actor = services.Operator();
                var choice = await people.ChooseAsync(parsed, services, actor, cancel);
                var outcome = await scope
                    .ServiceProvider.GetRequiredService<BulkActions>()
                    .RunAsync(
                        actor,
                        await order(parsed, services, actor, cancel),
                        choice,
                        CommandContext.Operator,
                        cancel
                    );
                return await TellAsync(answer, UserArgument.Demand(outcome));
            }
        );
        return command;
    }

    private static async Task<int> TellAsync(Answer answer, BulkReport report)
    {
        await answer.GiveAsync(
            new
            {
                bulk = report.Id,
                report.Done,
                failed = report.Rows.Count - report.Done,
                people = report.Rows.Select(static row => new
                {
                    row.Id,
                    row.Email,
                    row.Status,
                    code = row.Rule,
                    detail = row.Text,
                }),
            },
            [
                .. report.Rows.Select(static row => $"{row.Email ?? row.Id.ToString()}: {row.Text ?? "done."}"),
                $"{report.Done} of {report.Rows.Count} people.",
            ]
        );
        return report.Done == report.Rows.Count ? 0 : CommandFailedException.Failed;
    }
}
