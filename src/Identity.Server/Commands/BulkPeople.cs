using System.CommandLine;
using Identity.Core.Administration;
using Identity.Core.People;
using Identity.Server.Hosting;

namespace Identity.Server.Commands;

/// <summary>The people whom a command of <c>identity bulk</c> names, by address or by a filter.</summary>
internal sealed class BulkPeople
{
    private readonly Argument<string[]> _emails = new("email")
    {
        Description = "Email addresses.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<string?> _search = new("--search")
    {
        Description = "People whose email address or name begins with this.",
        HelpName = "TEXT",
    };

    private readonly Option<PersonState> _state = new("--state")
    {
        Description = "People in this state: active, locked, deactivated or unverified.",
        HelpName = "STATE",
    };

    private readonly Option<string?> _holding = new("--holding")
    {
        Description = "People who directly hold this role, which applies to all apps.",
        HelpName = "ROLE",
    };

    private readonly Option<DateTimeOffset?> _notSeenSince = new("--not-seen-since")
    {
        Description = "People whose last sign-in is older, such as 2026-01-31.",
        HelpName = "TIME",
    };

    private readonly Option<bool> _yes = new("--yes") { Description = "Confirm the action." };

    public BulkPeople(Command command)
    {
        command.Arguments.Add(_emails);
        foreach (Option option in (Option[])[_search, _state, _holding, _notSeenSince, _yes])
            command.Options.Add(option);
    }

    /// <summary>Whom the command line names.</summary>
    /// <exception cref="CommandFailedException">An address has no account, both ways are used, or the confirmation is
    /// missing.</exception>
    public async Task<BulkChoice> ChooseAsync(
        ParseResult parsed,
        IServiceProvider services,
        Operator actor,
        CancellationToken cancellationToken
    )
    {
        if (!parsed.GetValue(_yes))
            throw new CommandFailedException(
                "This acts on many people. Add --yes to do it.",
                CommandFailedException.Usage
            );
        var filter = await FilterAsync(parsed, services, actor, cancellationToken);
        var emails = parsed.GetValue(_emails) ?? [];
        if (emails.Length == 0)
            return new BulkChoice.Matching(filter);
        if (filter != new PersonFilter())
            throw new CommandFailedException(
                "Name people by their addresses or by a filter, not by both.",
                CommandFailedException.Usage
            );
        List<Guid> ids = [];
        foreach (var email in emails)
            ids.Add((await UserArgument.FindAsync(services, email, cancellationToken)).Id);
        return new BulkChoice.Listed(ids);
    }

    private async Task<PersonFilter> FilterAsync(
        ParseResult parsed,
        IServiceProvider services,
        Operator actor,
        CancellationToken cancellationToken
    ) =>
        new(
            parsed.GetValue(_search),
            parsed.GetValue(_state),
            parsed.GetValue(_holding) is { } role
                ? (await RoleArgument.FindRoleAsync(services, actor, role, null, cancellationToken)).Id
                : null,
            parsed.GetValue(_notSeenSince)?.ToUniversalTime()
        );
}
