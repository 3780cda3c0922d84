using Identity.Core.Administration;
using Identity.Core.People;
using Identity.Core.Roles;
using Microsoft.AspNetCore.Mvc;

namespace Identity.Server.Admin.Console.People;

/// <summary>Acts on the people that are ticked in the list, or on all who match the filter.</summary>
internal sealed partial class PeopleModel
{
    public sealed class BulkForm
    {
        public List<Guid> Users { get; set; } = [];

        /// <summary>Everybody who matches the filter of the address, not those that are ticked.</summary>
        public bool All { get; set; }

        public int Minutes { get; set; } = 60;
        public string? Note { get; set; }
        public Guid? Group { get; set; }
        public Guid? Role { get; set; }
    }

    [BindProperty]
    public BulkForm Bulk { get; set; } = new();

    /// <summary>How the action ended; null before one.</summary>
    public BulkReport? Report { get; private set; }

    public IReadOnlyList<Group> Groups { get; private set; } = [];

    public bool May(AdminAction action) => Operator.May(action.Permission);

    /// <summary>Whether the operator may do anything to several people.</summary>
    public bool MayBulk =>
        May(AdminActions.BulkLock)
        || May(AdminActions.BulkEndSessions)
        || May(AdminActions.BulkRequirePassword)
        || May(AdminActions.BulkAddToGroup)
        || May(AdminActions.BulkGrantRole);

    /// <summary>The address of a handler, which keeps the filter and the page of the list.</summary>
    public string At(string handler) =>
        Request.Path + QueryString.Create(Kept().Append(new("from", From))).Add("handler", handler).Value;

    [Permission("users.lock")]
    public Task<IActionResult> OnPostLockAsync() =>
        BulkAsync(new BulkOrder.Lock(TimeSpan.FromMinutes(Bulk.Minutes), Bulk.Note));

    [Permission("users.lock")]
    public Task<IActionResult> OnPostUnlockAsync() => BulkAsync(new BulkOrder.Unlock());

    [Permission("users.sessions")]
    public Task<IActionResult> OnPostEndSessionsAsync() => BulkAsync(new BulkOrder.EndSessions());

    [Permission("users.recover")]
    public Task<IActionResult> OnPostRequirePasswordAsync() => BulkAsync(new BulkOrder.RequirePassword());

    [Permission("groups.write")]
    public Task<IActionResult> OnPostAddToGroupAsync() => BulkAsync(new BulkOrder.AddToGroup(Bulk.Group));

    [Permission("roles.grant")]
    public Task<IActionResult> OnPostGrantRoleAsync() => BulkAsync(new BulkOrder.GrantRole(Bulk.Role));

    private async Task<IActionResult> BulkAsync(BulkOrder order)
    {
        BulkChoice choice = Bulk.All ? new BulkChoice.Matching(Filter) : new BulkChoice.Listed(Bulk.Users);
        ModelState.Clear();
        var outcome = await bulk.RunAsync(Operator, order, choice, RequestContext, Aborted);
        if (outcome is not AdminOutcome<BulkReport>.Done { Value: var report })
            return await AnswerAsync(outcome, static _ => "/admin/people", AgainAsync, "Bulk");
        await refusals.NoteAsync(HttpContext, Operator, report);
        Report = report;
        Bulk = new();
        return await AgainAsync();
    }
}
