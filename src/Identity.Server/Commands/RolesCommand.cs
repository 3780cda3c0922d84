using System.CommandLine;
using Identity.Core.Administration;
using Identity.Core.Roles;

namespace Identity.Server.Commands;

/// <summary><c>identity roles</c>: roles of apps and administrative roles, and their holders.</summary>
internal static class RolesCommand
{
    public static Command Create(CommandContext context) =>
        new(
            "roles",
            """
            Manage roles: list, add, change, remove, grant, withdraw. Apps get them with the scope 'roles'.
            Example: identity roles add editor, then: identity roles grant editor ada@example.com
            """
        )
        {
            List(context),
            Add(context),
            Change(context),
            Remove(context),
            Grant(context, "grant", "Grant a role to a person.", "holds", static grants => grants.GrantAsync),
            Grant(
                context,
                "withdraw",
                "Withdraw a role that a person holds directly. Roles of their groups stay.",
                "no longer holds",
                static grants => grants.WithdrawAsync
            ),
        };

    private static Command List(CommandContext context)
    {
        Command command = new("list", "List all roles.");
        context.OnAdministration(
            command,
            static async (_, services, actor, answer, cancel) =>
            {
                List<Role> roles = [];
                for (Role? last = null; ; last = roles[^1])
                {
                    var page = (
                        await services
                            .GetRequiredService<RoleDirectory>()
                            .ListAsync(actor, last, RoleDirectory.MaxPage, cancel)
                    ).Require("The list does not exist.");
                    roles.AddRange(page);
                    if (page.Count < RoleDirectory.MaxPage)
                        break;
                }
                await answer.TableAsync(
                    roles,
                    "None.",
                    ("role", static role => role.Name),
                    ("of", static role => role.IsAdministrative ? "administration" : role.ClientId ?? "every app"),
                    ("description", static role => role.Description),
                    ("permissions", static role => string.Join(' ', role.Permissions))
                );
            }
        );
        return command;
    }

    private static Command Add(CommandContext context)
    {
        var name = RoleArgument.Role();
        var client = RoleArgument.Client();
        var description = RoleArgument.Description();
        var permissions = Permissions("Make it an administrative role with these permissions, such as users.read.");
        Command command = new("add", "Add a role.") { name, client, description, permissions };
        context.OnAdministration(
            command,
            async (parsed, services, actor, answer, cancel) =>
            {
                RoleDraft draft = new(
                    parsed.GetValue(name)!,
                    parsed.GetValue(client),
                    parsed.GetValue(description),
                    Given(parsed, permissions)
                );
                var role = (
                    await services
                        .GetRequiredService<RoleStore>()
                        .CreateAsync(actor, draft, AdminCommand.Request, cancel)
                ).Require("The role does not exist.");
                await answer.GiveAsync(role, $"The role {role.Name} was added.");
            }
        );
        return command;
    }

    private static Command Change(CommandContext context)
    {
        var name = RoleArgument.Role();
        var client = RoleArgument.Client();
        Option<string?> newName = new("--name") { Description = "A new name.", HelpName = "NAME" };
        var description = RoleArgument.Description();
        var permissions = Permissions("The new permissions of an administrative role.");
        Command command = new("change", "Change a role: its name, its description, its permissions.")
        {
            name,
            client,
            newName,
            description,
            permissions,
        };
        context.OnAdministration(
            command,
            async (parsed, services, actor, answer, cancel) =>
            {
                var role = await RoleArgument.FindRoleAsync(
                    services,
                    actor,
                    parsed.GetValue(name)!,
                    parsed.GetValue(client),
                    cancel
                );
                RoleDraft draft = new(
                    parsed.GetValue(newName) ?? role.Name,
                    role.ClientId,
                    parsed.GetValue(description) ?? role.Description,
                    Given(parsed, permissions)
                );
                var changed = (
                    await services
                        .GetRequiredService<RoleStore>()
                        .ChangeAsync(actor, role.Id, draft, role.Version, AdminCommand.Request, cancel)
                ).Require($"The role {role.Name} does not exist.");
                await answer.GiveAsync(changed, $"The role {changed.Name} was changed.");
            }
        );
        return command;
    }

    private static Command Remove(CommandContext context)
    {
        var name = RoleArgument.Role();
        var client = RoleArgument.Client();
        Option<bool> yes = new("--yes") { Description = "Confirm the removal." };
        Command command = new("remove", "Remove a role. Everyone who holds it loses it.") { name, client, yes };
        context.OnAdministration(
            command,
            async (parsed, services, actor, answer, cancel) =>
            {
                var role = await RoleArgument.FindRoleAsync(
                    services,
                    actor,
                    parsed.GetValue(name)!,
                    parsed.GetValue(client),
                    cancel
                );
                AdminCommand.Confirm(parsed, yes, $"remove the role {role.Name}");
                (
                    await services
                        .GetRequiredService<RoleStore>()
                        .DeleteAsync(actor, role.Id, role.Version, AdminCommand.Request, cancel)
                ).Require($"The role {role.Name} does not exist.");
                await answer.GiveAsync(role, $"The role {role.Name} was removed.");
            }
        );
        return command;
    }

    private static Command Grant(
        CommandContext context,
        string verb,
        string description,
        string done,
        Func<
            RoleGrants,
            Func<Operator, Guid, Guid, Core.Audit.RequestContext, CancellationToken, Task<AdminOutcome>>
        > action
    )
    {
        var name = RoleArgument.Role();
        var email = UserArgument.Email();
        var client = RoleArgument.Client();
        Command command = new(verb, description) { name, email, client };
        context.OnAdministration(
            command,
            async (parsed, services, actor, answer, cancel) =>
            {
                var user = await UserArgument.FindAsync(services, parsed.GetValue(email), cancel);
                var role = await RoleArgument.FindRoleAsync(
                    services,
                    actor,
                    parsed.GetValue(name)!,
                    parsed.GetValue(client),
                    cancel
                );
                var change = action(services.GetRequiredService<RoleGrants>());
                (await change(actor, role.Id, user.Id, AdminCommand.Request, cancel)).Require(
                    $"{user.Email} does not exist."
                );
                await answer.GiveAsync(
                    new
                    {
                        user.Id,
                        user.Email,
                        role = role.Name,
                        role.ClientId,
                    },
                    $"{user.Email} {done} {role.Name}."
                );
            }
        );
        return command;
    }

    // A missing option with several values is an empty list, whatever its default.
    private static string[]? Given(ParseResult parsed, Option<string[]?> option) =>
        parsed.GetValue(option) is { Length: > 0 } names ? names : null;

    private static Option<string[]?> Permissions(string description) =>
        new("--permissions")
        {
            Description = description,
            HelpName = "NAMES",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = static _ => null,
        };
}
