using Identity.Core.Administration;
using Identity.Core.Roles;
using Microsoft.AspNetCore.Mvc;

namespace Identity.Server.Admin.Console.Roles;

/// <summary>Lists roles and creates one for apps.</summary>
internal sealed class RolesModel(RoleDirectory roles, RoleStore store) : ConsolePage
{
    private const int PageSize = 50;

    public sealed class Form
    {
        public string? Name { get; set; }
        public string? ClientId { get; set; }
        public string? Description { get; set; }
    }

    [BindProperty]
    public Form Input { get; set; } = new();

    /// <summary>The last role of the previous page; untrusted.</summary>
    [BindProperty(SupportsGet = true, Name = "from")]
    public Guid? From { get; set; }

    public IReadOnlyList<Role> Roles { get; private set; } = [];

    public Pager Pager { get; private set; } = new(null, null);

    [Permission("roles.read")]
    public Task<IActionResult> OnGetAsync()
    {
        // An invalid position means the beginning.
        ModelState.Clear();
        return AgainAsync();
    }

    [Permission("roles.write")]
    public async Task<IActionResult> OnPostAsync() =>
        await AnswerAsync(
            await store.CreateAsync(
                Operator,
                new(
                    Input.Name?.Trim() ?? "",
                    GroupsModel.Described(Input.ClientId),
                    GroupsModel.Described(Input.Description)
                ),
                RequestContext,
                Aborted
            ),
            static _ => "/admin/roles?done=created",
            AgainAsync
        );

    private async Task<IActionResult> AgainAsync()
    {
        var after =
            From is { } id && await roles.ReadAsync(Operator, id, Aborted) is AdminOutcome<Role>.Done last
                ? last.Value
                : null;
        var outcome = await roles.ListAsync(Operator, after, PageSize + 1, Aborted);
        if (outcome is not AdminOutcome<IReadOnlyList<Role>>.Done list)
            return NotFound();
        Roles = [.. list.Value.Take(PageSize)];
        Pager = new(
            after is null ? null : "/admin/roles",
            list.Value.Count > PageSize ? $"/admin/roles?from={Roles[^1].Id}" : null
        );
        return Page();
    }
}
