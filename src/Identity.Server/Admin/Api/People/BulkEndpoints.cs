using Identity.Core.Administration;
using Identity.Core.People;
using Identity.Server.Admin.Api.Contract;
using Identity.Server.Browser;

namespace Identity.Server.Admin.Api.People;

/// <summary>Whom: a list of ids, or a filter as the list of people has it.</summary>
internal class BulkBody
{
    public IReadOnlyList<Guid>? Users { get; init; }
    public BulkFilter? Filter { get; init; }
}

/// <summary>Conditions that people match; at least one.</summary>
internal sealed class BulkFilter
{
    public string? Search { get; init; }
    public string? State { get; init; }
    public Guid? Role { get; init; }
    public DateTimeOffset? NotSeenSince { get; init; }
}

/// <summary>Whom to lock, for how long, and why.</summary>
internal sealed class BulkLockBody : BulkBody
{
    public required int Minutes { get; init; }
    public string? Note { get; init; }
}

/// <summary>Whom to add to which group.</summary>
internal sealed class BulkGroupBody : BulkBody
{
    public required Guid Group { get; init; }
}

/// <summary>Whom to grant which role.</summary>
internal sealed class BulkRoleBody : BulkBody
{
    public required Guid Role { get; init; }
}

/// <summary>How it ended for each person.</summary>
/// <param name="Bulk">What the audit rows of these people have as <c>bulk</c>.</param>
internal sealed record BulkAnswer(Guid Bulk, int Done, int Failed, IReadOnlyList<BulkPerson> Items)
{
    public static BulkAnswer Of(BulkReport report) =>
        new(
            report.Id,
            report.Done,
            report.Rows.Count - report.Done,
            [.. report.Rows.Select(static row => new BulkPerson(row.Id, row.Status, row.Rule, row.Text))]
        );
}

/// <summary>How it ended for a person.</summary>
/// <param name="Status">done, unchanged, not_found or refused.</param>
/// <param name="Code">The rule that refused.</param>
internal sealed record BulkPerson(Guid Id, string Status, string? Code, string? Detail);

/// <summary>Does one thing to many people.</summary>
internal static class BulkEndpoints
{
    public static void Map(ApiRoutes routes)
    {
        Map<BulkLockBody>(
            routes,
            AdminActions.BulkLock,
            "Lock many accounts for a while",
            static body => new BulkOrder.Lock(TimeSpan.FromMinutes(body.Minutes), body.Note)
        );
        Map<BulkBody>(routes, AdminActions.BulkUnlock, "Unlock many accounts", static _ => new BulkOrder.Unlock());
        Map<BulkBody>(
            routes,
            AdminActions.BulkEndSessions,
            "End all sessions of many people",
            static _ => new BulkOrder.EndSessions()
        );
        Map<BulkBody>(
            routes,
            AdminActions.BulkRequirePassword,
            "Secure many accounts: each person chooses a new password",
            static _ => new BulkOrder.RequirePassword()
        );
        Map<BulkGroupBody>(
            routes,
            AdminActions.BulkAddToGroup,
            "Add many people to a group",
            static body => new BulkOrder.AddToGroup(body.Group)
        );
        Map<BulkRoleBody>(
            routes,
            AdminActions.BulkGrantRole,
            "Grant a role to many people",
            static body => new BulkOrder.GrantRole(body.Role)
        );
    }

    private static void Map<T>(ApiRoutes routes, AdminAction action, string summary, Func<T, BulkOrder> order)
        where T : BulkBody =>
        routes
            .Map(
                action,
                summary,
                (HttpContext http, BulkActions bulk) =>
                    http.WithBodyAsync<T>(body => RunAsync(http, bulk, body, order(body)))
            )
            .Takes<T>()
            .Gives<BulkAnswer>();

    private static async Task<IResult> RunAsync(HttpContext http, BulkActions bulk, BulkBody body, BulkOrder order)
    {
        if (body is { Users: null, Filter: null } or { Users: not null, Filter: not null })
            return ApiAnswer.Refuse(http, new AdminOutcome.Invalid("users", "Send either users or filter."));
        if (UserEndpoints.StateOf(body.Filter?.State) is not { } state)
            return ApiAnswer.Refuse(http, UserEndpoints.UnknownState("filter.state"));
        BulkChoice choice = body.Filter is { } filter
            ? new BulkChoice.Matching(new(filter.Search, state, filter.Role, filter.NotSeenSince?.ToUniversalTime()))
            : new BulkChoice.Listed(body.Users!);
        var outcome = await bulk.RunAsync(http.Caller(), order, choice, http.ReadRequestContext(), http.RequestAborted);
        if (outcome is AdminOutcome<BulkReport>.Done { Value: var report })
            await http.RequestServices.GetRequiredService<RefusalLog>().NoteAsync(http, http.Caller(), report);
        return ApiAnswer.Of(http, outcome, static report => ApiAnswer.Ok(BulkAnswer.Of(report)));
    }
}
