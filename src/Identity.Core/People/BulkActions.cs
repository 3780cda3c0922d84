using Identity.Core.Administration;
using Identity.Core.Audit;
using Identity.Core.Data;
using Identity.Core.Roles;

namespace Identity.Core.People;

/// <summary>Does one action to many people. Each person is a transaction of their own with their own rules, audit row
/// and notice: a refusal of one stops nobody else. Administrators are left out, whoever asks.</summary>
public sealed class BulkActions(
    PeopleDirectory people,
    AccountActions accounts,
    SessionActions sessions,
    AccessActions access,
    GroupMembers groups,
    RoleGrants roles,
    Database database
)
{
    /// <summary>The most people of one bulk action.</summary>
    public const int MaxPeople = PeopleDirectory.MaxPage;

    /// <summary>Runs it. Nothing happens to anybody unless the order and the choice are valid.</summary>
    /// <param name="choice">A choice by filter needs the permission to see people, too.</param>
    public async Task<AdminOutcome<BulkReport>> RunAsync(
        Operator actor,
        BulkOrder order,
        BulkChoice choice,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        if ((AdminRules.Require(actor, order.Action) ?? await JudgeAsync(order, cancellationToken)) is { } refused)
            return refused;
        var chosen = await ChooseAsync(actor, choice, cancellationToken);
        if (chosen is not AdminOutcome<IReadOnlyList<Guid>>.Done { Value: var ids })
            return ((AdminOutcome<IReadOnlyList<Guid>>.Failed)chosen).Reason;
        var addresses = await AddressesAsync(ids, cancellationToken);
        var one = actor with { Bulk = Guid.NewGuid() };
        List<BulkRow> rows = new(ids.Count);
        foreach (var id in ids)
            rows.Add(
                new(id, addresses.GetValueOrDefault(id), await ActAsync(one, order, id, request, cancellationToken))
            );
        return new BulkReport(one.Bulk!.Value, rows);
    }

    private async Task<AdminOutcome> ActAsync(
        Operator actor,
        BulkOrder order,
        Guid id,
        RequestContext request,
        CancellationToken cancellationToken
    ) =>
        order switch
        {
            BulkOrder.Lock way => await accounts.LockAsync(
                actor,
                id,
                way.Duration,
                way.Note,
                request,
                cancellationToken
            ),
            BulkOrder.Unlock => await accounts.UnlockAsync(actor, id, request, cancellationToken),
            BulkOrder.EndSessions => Reason(await sessions.EndAllAsync(actor, id, request, cancellationToken)),
            BulkOrder.RequirePassword => Reason(await access.SecureAsync(actor, id, request, cancellationToken)),
            BulkOrder.AddToGroup to => await groups.AddAsync(actor, to.Group!.Value, id, request, cancellationToken),
            BulkOrder.GrantRole of => await roles.GrantAsync(actor, of.Role!.Value, id, request, cancellationToken),
            _ => throw new ArgumentOutOfRangeException(nameof(order)),
        };

    private static AdminOutcome Reason<T>(AdminOutcome<T> outcome) =>
        outcome is AdminOutcome<T>.Failed failed ? failed.Reason : AdminOutcome.Done.Instance;

    private async Task<AdminOutcome?> JudgeAsync(BulkOrder order, CancellationToken cancellationToken) =>
        order switch
        {
            BulkOrder.Lock way => AccountActions.JudgeLock(way.Duration, way.Note),
            BulkOrder.AddToGroup to => await ExistsAsync("idp.groups", to.Group, cancellationToken)
                ? null
                : new AdminOutcome.Invalid("group", "Choose a group that exists."),
            BulkOrder.GrantRole of => await ExistsAsync("idp.roles", of.Role, cancellationToken)
                ? null
                : new AdminOutcome.Invalid("role", "Choose a role that exists."),
            _ => null,
        };

    private async Task<bool> ExistsAsync(string table, Guid? id, CancellationToken cancellationToken) =>
        id is { } wanted
        && await database.QuerySingleOrDefaultAsync(
            $"SELECT true FROM {table} WHERE id = @id",
            static row => row.GetBoolean(0),
            cancellationToken,
            ("id", wanted)
        );

    private async Task<AdminOutcome<IReadOnlyList<Guid>>> ChooseAsync(
        Operator actor,
        BulkChoice choice,
        CancellationToken cancellationToken
    )
    {
        if (choice is BulkChoice.Listed listed)
            return Judge([.. listed.Ids.Distinct()], "users");
        var filter = ((BulkChoice.Matching)choice).Filter;
        if (string.IsNullOrWhiteSpace(filter.Text) && filter with { Text = null } == new PersonFilter())
            return new AdminOutcome.Invalid("filter", "Name a condition: no bulk action is for everybody.");
        return await people.SearchAsync(actor, filter, null, MaxPeople, cancellationToken) switch
        {
            AdminOutcome<PeoplePage>.Failed failed => failed.Reason,
            AdminOutcome<PeoplePage>.Done { Value.Next: not null } => TooMany("filter"),
            AdminOutcome<PeoplePage>.Done { Value: var page } => Judge(
                [.. page.People.Select(static person => person.Id)],
                "filter"
            ),
            _ => throw new InvalidOperationException("A search is done or failed."),
        };
    }

    private static AdminOutcome<IReadOnlyList<Guid>> Judge(Guid[] ids, string field) =>
        ids.Length switch
        {
            0 => new AdminOutcome.Invalid(field, "Choose at least one person."),
            > MaxPeople => TooMany(field),
            _ => new AdminOutcome<IReadOnlyList<Guid>>.Done(ids),
        };

    private static AdminOutcome.Invalid TooMany(string field) =>
        new(field, $"Choose at most {MaxPeople} people at once.");

    private async Task<Dictionary<Guid, string>> AddressesAsync(
        IReadOnlyList<Guid> ids,
        CancellationToken cancellationToken
    ) =>
        (
            await database.QueryAsync(
                "SELECT id, email FROM public.users WHERE id = ANY(@ids) AND deleted_at IS NULL",
                static row => (Id: row.GetGuid(0), Email: row.GetString(1)),
                cancellationToken,
                ("ids", ids.ToArray())
            )
        ).ToDictionary(static row => row.Id, static row => row.Email);
}
