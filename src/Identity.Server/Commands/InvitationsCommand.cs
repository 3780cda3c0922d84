using System.CommandLine;
using Identity.Core.Administration;
using Identity.Core.Languages;
using Identity.Core.SignUp;
using Identity.Server.Hosting;

namespace Identity.Server.Commands;

/// <summary><c>identity invitations</c>: invite people to create an account.</summary>
internal static class InvitationsCommand
{
    private const string Gone = "The invitation does not exist.";

    public static Command Create(CommandContext context) =>
        new(
            "invitations",
            """
            Invite people to create an account: list, send, resend, withdraw. Works whether or not sign-up is open.
            Example: identity invitations send ada@example.com --group Editors
            """
        )
        {
            List(context),
            Send(context),
            Resend(context),
            Withdraw(context),
        };

    private static Command List(CommandContext context)
    {
        Command command = new("list", "List open and expired invitations.");
        context.OnAdministration(
            command,
            static async (_, services, actor, answer, cancel) =>
                await answer.TableAsync(
                    await ReadAllAsync(services, actor, cancel),
                    "None.",
                    ("email", static one => one.Email),
                    ("roles", static one => string.Join(", ", one.Roles)),
                    ("groups", static one => string.Join(", ", one.Groups)),
                    ("expires", static one => one.IsExpired ? "expired" : Answer.Time(one.ExpiresAt))
                )
        );
        return command;
    }

    private static Command Send(CommandContext context)
    {
        var email = UserArgument.Email();
        Option<string?> language = new("--language")
        {
            Description = "The language of the mail and of the account, such as en or pt-BR.",
            HelpName = "TAG",
        };
        Option<string[]> roles = new("--role")
        {
            Description = "A role that the account will have; not an administrative one. Can be repeated.",
            HelpName = "ROLE",
        };
        Option<string[]> groups = new("--group")
        {
            Description = "A group that the account will be in. Can be repeated.",
            HelpName = "GROUP",
        };
        Command command = new("send", "Invite someone by email. The link works once, for 7 days.")
        {
            email,
            language,
            roles,
            groups,
        };
        context.OnAdministration(
            command,
            async (parsed, services, actor, answer, cancel) =>
            {
                var address = UserArgument.Parse(parsed.GetValue(email));
                List<Guid> roleIds = [];
                foreach (var name in parsed.GetValue(roles) ?? [])
                    roleIds.Add((await RoleArgument.FindRoleAsync(services, actor, name, null, cancel)).Id);
                List<Guid> groupIds = [];
                foreach (var name in parsed.GetValue(groups) ?? [])
                    groupIds.Add((await RoleArgument.FindGroupAsync(services, actor, name, cancel)).Id);
                InvitationDraft draft = new(address, Locale(services, parsed.GetValue(language)), roleIds, groupIds);
                var id = (await Actions(services).SendAsync(actor, draft, AdminCommand.Request, cancel)).Require(Gone);
                await answer.GiveAsync(new { id, email = address.Value }, $"{address.Value} was invited.");
            }
        );
        return command;
    }

    private static Command Resend(CommandContext context)
    {
        var email = UserArgument.Email();
        Command command = new("resend", "Send a new link for 7 more days. The previous link stops working.") { email };
        context.OnAdministration(
            command,
            async (parsed, services, actor, answer, cancel) =>
            {
                var one = await FindAsync(services, actor, parsed.GetValue(email), cancel);
                (await Actions(services).ResendAsync(actor, one.Id, AdminCommand.Request, cancel)).Require(Gone);
                await answer.GiveAsync(new { one.Id, one.Email }, $"{one.Email} was sent a new link.");
            }
        );
        return command;
    }

    private static Command Withdraw(CommandContext context)
    {
        var email = UserArgument.Email();
        Command command = new("withdraw", "Withdraw an invitation. Its link stops working.") { email };
        context.OnAdministration(
            command,
            async (parsed, services, actor, answer, cancel) =>
            {
                var one = await FindAsync(services, actor, parsed.GetValue(email), cancel);
                (await Actions(services).WithdrawAsync(actor, one.Id, AdminCommand.Request, cancel)).Require(Gone);
                await answer.GiveAsync(new { one.Id, one.Email }, $"The invitation of {one.Email} was withdrawn.");
            }
        );
        return command;
    }

    private static InvitationActions Actions(IServiceProvider services) =>
        services.GetRequiredService<InvitationActions>();

    private static string? Locale(IServiceProvider services, string? tag) =>
        tag is null
            ? null
            : services.GetRequiredService<LanguageList>().Find(tag)?.Tag
                ?? throw new CommandFailedException(
                    $"'{Answer.Printable(tag)}' is not a language of the pages.",
                    CommandFailedException.Usage
                );

    private static async Task<Invitation> FindAsync(
        IServiceProvider services,
        Operator actor,
        string? email,
        CancellationToken cancellationToken
    )
    {
        var address = UserArgument.Parse(email);
        return (await ReadAllAsync(services, actor, cancellationToken)).Find(one =>
                string.Equals(one.Email, address.Value, StringComparison.OrdinalIgnoreCase)
            ) ?? throw new CommandFailedException($"{address.Value} has no open invitation.");
    }

    private static async Task<List<Invitation>> ReadAllAsync(
        IServiceProvider services,
        Operator actor,
        CancellationToken cancellationToken
    )
    {
        List<Invitation> all = [];
        for (string? last = null; ; last = all[^1].Email)
        {
            var page = (
                await Actions(services).ListAsync(actor, last, InvitationActions.MaxPage, cancellationToken)
            ).Require(Gone);
            all.AddRange(page);
            if (page.Count < InvitationActions.MaxPage)
                return all;
        }
    }
}
