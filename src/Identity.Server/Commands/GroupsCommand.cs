using System.CommandLine;
using Identity.Core.Administration;
using Identity.Core.Audit;
using Identity.Core.Roles;

namespace Identity.Server.Commands;

/// <summary><c>identity groups</c>: groups, their members, and the roles that they carry.</summary>
internal static class GroupsCommand
{
    public static Command Create(CommandContext context) =>
        new(
            "groups",
            """
            Manage groups: list, add, change, remove, members, roles. Apps get them with the scope 'groups'.
            Example: identity groups add Editors, then: identity groups add-member Editors ada@example.com
            """
        )
        {
            List(context),
            Add(context),
            Change(context),
            Remove(context),
            Members(context),
            Member(context, "add-member", "Add a person to a group.", "is in", static members => members.AddAsync),
            Member(
                context,
                "remove-member",
                "Remove a person from a group.",
                "is not in",
                static members => members.RemoveAsync
            ),
            Role(context, "grant", "Give a role to all members.", "carries", static roles => roles.GrantAsync),
            Role(
                context,
                "withdraw",
                "Withdraw a role from all members who do not hold it otherwise.",
                "does not carry",
                static roles => roles.WithdrawAsync
            ),
        };

    private static Command List(CommandContext context)
    {
        Command command = new("list", "List all groups.");
        context.OnAdministration(
            command,
            static async (_, services, actor, answer, cancel) =>
            {
                var directory = services.GetRequiredService<GroupDirectory>();
                List<Group> groups = [];
                for (Group? last = null; ; last = groups[^1])
                {
                    var page = (await directory.ListAsync(actor, last, RoleDirectory.MaxPage, cancel)).Require(
                        "The list does not exist."
                    );
                    groups.AddRange(page);
                    if (page.Count < RoleDirectory.MaxPage)
                        break;
                }
                await answer.TableAsync(
                    groups,
                    "None.",
                    ("group", static group => group.Name),
                    ("description", static group => group.Description),
                    ("since", static group => Answer.Time(group.CreatedAt))
                );
            }
        );
        return command;
    }

    private static Command Add(CommandContext context)
    {
        var name = RoleArgument.Group();
        var description = RoleArgument.Description();
        Command command = new("add", "Add a group.") { name, description };
        context.OnAdministration(
            command,
            async (parsed, services, actor, answer, cancel) =>
            {
                GroupDraft draft = new(parsed.GetValue(name)!, parsed.GetValue(description));
                var group = (
                    await services
                        .GetRequiredService<GroupStore>()
                        .CreateAsync(actor, draft, AdminCommand.Request, cancel)
                ).Require("The group does not exist.");
                await answer.GiveAsync(group, $"The group {Answer.Printable(group.Name)} was added.");
            }
        );
        return command;
    }

    private static Command Change(CommandContext context)
    {
        var name = RoleArgument.Group();
        Option<string?> newName = new("--name") { Description = "A new name.", HelpName = "NAME" };
        var description = RoleArgument.Description();
        Command command = new("change", "Change the name or the description of a group.")
        {
            name,
            newName,
            description,
        };
        context.OnAdministration(
            command,
            async (parsed, services, actor, answer, cancel) =>
            {
                var group = await RoleArgument.FindGroupAsync(services, actor, parsed.GetValue(name)!, cancel);
                GroupDraft draft = new(
                    parsed.GetValue(newName) ?? group.Name,
                    parsed.GetValue(description) ?? group.Description
                );
                var changed = (
                    await services
                        .GetRequiredService<GroupStore>()
                        .ChangeAsync(actor, group.Id, draft, group.Version, AdminCommand.Request, cancel)
                ).Require($"The group {Answer.Printable(group.Name)} does not exist.");
                await answer.GiveAsync(changed, $"The group {Answer.Printable(changed.Name)} was changed.");
            }
        );
        return command;
    }

    private static Command Remove(CommandContext context)
    {
        var name = RoleArgument.Group();
        Option<bool> yes = new("--yes") { Description = "Confirm the removal." };
        Command command = new("remove", "Remove a group. Its members lose the roles that it gave them.") { name, yes };
        context.OnAdministration(
            command,
            async (parsed, services, actor, answer, cancel) =>
            {
                var group = await RoleArgument.FindGroupAsync(services, actor, parsed.GetValue(name)!, cancel);
                AdminCommand.Confirm(parsed, yes, $"remove the group {Answer.Printable(group.Name)}");
                (
                    await services
                        .GetRequiredService<GroupStore>()
                        .DeleteAsync(actor, group.Id, group.Version, AdminCommand.Request, cancel)
                ).Require($"The group {Answer.Printable(group.Name)} does not exist.");
                await answer.GiveAsync(group, $"The group {Answer.Printable(group.Name)} was removed.");
            }
        );
        return command;
    }

    private static Command Members(CommandContext context)
    {
        var name = RoleArgument.Group();
        Command command = new("members", "List the people in a group, one line each.") { name };
        context.OnAdministration(
            command,
            async (parsed, services, actor, answer, cancel) =>
            {
                var directory = services.GetRequiredService<GroupDirectory>();
                var group = await RoleArgument.FindGroupAsync(services, actor, parsed.GetValue(name)!, cancel);
                for (Guid? last = null; ; )
                {
                    var page = (
                        await directory.MembersAsync(actor, group.Id, last, RoleDirectory.MaxPage, cancel)
                    ).Require("The list does not exist.");
                    foreach (var member in page)
                        await answer.StreamAsync(member, $"{member.Email}  {Answer.Printable(member.Name)}");
                    if (page.Count < RoleDirectory.MaxPage)
                        break;
                    last = page[^1].UserId;
                }
            }
        );
        return command;
    }

    private static Command Member(
        CommandContext context,
        string verb,
        string description,
        string done,
        Func<GroupMembers, Func<Operator, Guid, Guid, RequestContext, CancellationToken, Task<AdminOutcome>>> action
    )
    {
        var name = RoleArgument.Group();
        var email = UserArgument.Email();
        Command command = new(verb, description) { name, email };
        context.OnAdministration(
            command,
            async (parsed, services, actor, answer, cancel) =>
            {
                var user = await UserArgument.FindAsync(services, parsed.GetValue(email), cancel);
                var group = await RoleArgument.FindGroupAsync(services, actor, parsed.GetValue(name)!, cancel);
                var change = action(services.GetRequiredService<GroupMembers>());
                (await change(actor, group.Id, user.Id, AdminCommand.Request, cancel)).Require(
                    $"{user.Email} does not exist."
                );
                await answer.GiveAsync(
                    new
                    {
                        user.Id,
                        user.Email,
                        group = group.Name,
                    },
                    $"{user.Email} {done} {Answer.Printable(group.Name)}."
                );
            }
        );
        return command;
    }

    private static Command Role(
        CommandContext context,
        string verb,
        string description,
        string done,
        Func<GroupRoles, Func<Operator, Guid, Guid, RequestContext, CancellationToken, Task<AdminOutcome>>> action
    )
    {
        var name = RoleArgument.Group();
        var roleName = RoleArgument.Role();
        var client = RoleArgument.Client();
        Command command = new(verb, description) { name, roleName, client };
        context.OnAdministration(
            command,
            async (parsed, services, actor, answer, cancel) =>
            {
                var group = await RoleArgument.FindGroupAsync(services, actor, parsed.GetValue(name)!, cancel);
                var role = await RoleArgument.FindRoleAsync(
                    services,
                    actor,
                    parsed.GetValue(roleName)!,
                    parsed.GetValue(client),
                    cancel
                );
                var change = action(services.GetRequiredService<GroupRoles>());
                (await change(actor, group.Id, role.Id, AdminCommand.Request, cancel)).Require(
                    $"{role.Name} does not exist."
                );
                await answer.GiveAsync(
                    new { group = group.Name, role = role.Name },
                    $"{Answer.Printable(group.Name)} {done} {role.Name}."
                );
            }
        );
        return command;
    }
}
