using System.CommandLine;
using Identity.Core.Administration;
using Identity.Core.Roles;

namespace Identity.Server.Commands;

/// <summary>The role or the group that a command names.</summary>
internal static class RoleArgument
{
    public static Argument<string> Role() => new("role") { Description = "The role." };

    public static Argument<string> Group() => new("group") { Description = "The group." };

    public static Option<string?> Client() =>
        new("--client") { Description = "The client that the role applies to. Default: all apps.", HelpName = "ID" };

    public static Option<string?> Description() =>
        new("--description") { Description = "What it is for.", HelpName = "TEXT" };

    public static async Task<Role> FindRoleAsync(
        IServiceProvider services,
        Operator actor,
        string name,
        string? client,
        CancellationToken cancellationToken
    ) =>
        (await services.GetRequiredService<RoleDirectory>().FindAsync(actor, name, client, cancellationToken)).Require(
            $"The role {Answer.Printable(name)} does not exist."
        );

    public static async Task<Group> FindGroupAsync(
        IServiceProvider services,
        Operator actor,
        string name,
        CancellationToken cancellationToken
    ) =>
        (await services.GetRequiredService<GroupDirectory>().FindAsync(actor, name, cancellationToken)).Require(
            $"The group {Answer.Printable(name)} does not exist."
        );
}
