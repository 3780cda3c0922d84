using System.CommandLine;
using Identity.Core.Administration;
using Identity.Core.Roles;

namespace Identity.Server.Commands;

/// <summary><c>identity admins</c>: the administrators. It also makes the first one.</summary>
internal static class AdminsCommand
{
    public static Command Create(CommandContext context) =>
        new(
            "admins",
            """
            Manage administrators: list, add, remove.
            Example: identity admins add ada@example.com
            """
        )
        {
            List(context),
            Add(context),
            Remove(context),
        };

    private static Command List(CommandContext context)
    {
        Command command = new("list", "List everyone with an administrative role.");
        context.OnAdministration(
            command,
            static async (_, services, actor, answer, cancel) =>
                await answer.TableAsync(
                    (await services.GetRequiredService<RoleDirectory>().AdministratorsAsync(actor, cancel)).Require(
                        "The list does not exist."
                    ),
                    "Nobody. Add one: identity admins add EMAIL",
                    ("email", static one => one.Email),
                    ("role", static one => one.Role),
                    ("by group", static one => one.Group)
                )
        );
        return command;
    }

    private static Command Add(CommandContext context)
    {
        var email = UserArgument.Email();
        Option<string> role = new("--role")
        {
            Description = $"{AdminRole.Admin}, {AdminRole.Support}, {AdminRole.Auditor}, or one that you added.",
            HelpName = "ROLE",
            DefaultValueFactory = static _ => AdminRole.Admin,
        };
        Command command = new("add", "Make a person an administrator. They are notified by mail.") { email, role };
        context.OnAdministration(
            command,
            async (parsed, services, actor, answer, cancel) =>
            {
                var user = await UserArgument.FindAsync(services, parsed.GetValue(email), cancel);
                var granted = await RoleArgument.FindRoleAsync(services, actor, parsed.GetValue(role)!, null, cancel);
                (
                    await services
                        .GetRequiredService<RoleGrants>()
                        .GrantAsync(actor, granted.Id, user.Id, AdminCommand.Request, cancel)
                ).Require($"{user.Email} does not exist.");
                await answer.GiveAsync(
                    new
                    {
                        user.Id,
                        user.Email,
                        role = granted.Name,
                    },
                    $"{user.Email} holds {granted.Name}. Outside Development the console requires a second factor."
                );
            }
        );
        return command;
    }

    private static Command Remove(CommandContext context)
    {
        var email = UserArgument.Email();
        Command command = new("remove", "Withdraw every administrative role that a person holds directly.") { email };
        context.OnAdministration(
            command,
            async (parsed, services, actor, answer, cancel) =>
            {
                var user = await UserArgument.FindAsync(services, parsed.GetValue(email), cancel);
                var held = (
                    await services.GetRequiredService<RoleDirectory>().OfPersonAsync(actor, user.Id, cancel)
                ).Require($"{user.Email} does not exist.");
                string[] groups =
                [
                    .. held.Where(static one => one.Role.IsAdministrative)
                        .Select(static one => one.Group)
                        .OfType<string>(),
                ];
                Role[] direct =
                [
                    .. held.Where(static one => one is { Role.IsAdministrative: true, Group: null })
                        .Select(static one => one.Role),
                ];
                foreach (var role in direct)
                    (
                        await services
                            .GetRequiredService<RoleGrants>()
                            .WithdrawAsync(actor, role.Id, user.Id, AdminCommand.Request, cancel)
                    ).Require($"{user.Email} does not exist.");
                await answer.GiveAsync(
                    new
                    {
                        user.Id,
                        user.Email,
                        withdrawn = direct.Select(static role => role.Name),
                        groups,
                    },
                    groups.Length == 0
                        ? $"{user.Email} holds no administrative role."
                        : $"{user.Email} is still an administrator through "
                            + $"{Answer.Printable(string.Join(", ", groups))}. "
                            + "Remove them: identity groups remove-member GROUP EMAIL"
                );
            }
        );
        return command;
    }
}
