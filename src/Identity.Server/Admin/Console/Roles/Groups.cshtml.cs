using Identity.Core.Administration;
using Identity.Core.Roles;
using Microsoft.AspNetCore.Mvc;

namespace Identity.Server.Admin.Console.Roles;

/// <summary>Lists groups and creates one.</summary>
internal sealed class GroupsModel(GroupDirectory groups, GroupStore store) : ConsolePage
{
    private const int PageSize = 50;

    public sealed class Form
    {
        public string? Name { get; set; }
        public string? Description { get; set; }
    }

    [BindProperty]
    public Form Input { get; set; } = new();

    /// <summary>The last group of the previous page; untrusted.</summary>
    [BindProperty(SupportsGet = true, Name = "from")]
    public Guid? From { get; set; }

    public IReadOnlyList<Group> Groups { get; private set; } = [];

    public Pager Pager { get; private set; } = new(null, null);

    [Permission("groups.read")]
    public Task<IActionResult> OnGetAsync()
    {
        // An invalid position means the beginning.
        ModelState.Clear();
        return AgainAsync();
    }

    [Permission("groups.write")]
    public async Task<IActionResult> OnPostAsync() =>
        await AnswerAsync(
            await store.CreateAsync(
                Operator,
                new(Input.Name?.Trim() ?? "", Described(Input.Description)),
                RequestContext,
                Aborted
            ),
            static group => $"/admin/groups/{group.Id}",
            AgainAsync
        );

    internal static string? Described(string? typed) => typed?.Trim() is { Length: > 0 } some ? some : null;

    private async Task<IActionResult> AgainAsync()
    {
        var after =
            From is { } id && await groups.ReadAsync(Operator, id, Aborted) is AdminOutcome<Group>.Done last
                ? last.Value
                : null;
        var outcome = await groups.ListAsync(Operator, after, PageSize + 1, Aborted);
        if (outcome is not AdminOutcome<IReadOnlyList<Group>>.Done list)
            return NotFound();
        Groups = [.. list.Value.Take(PageSize)];
        Pager = new(
            after is null ? null : "/admin/groups",
            list.Value.Count > PageSize ? $"/admin/groups?from={Groups[^1].Id}" : null
        );
        return Page();
    }
}
