using Identity.Core.Administration;
using Identity.Core.Roles;
using Microsoft.AspNetCore.Mvc;

namespace Identity.Server.Admin.Console.Roles;

/// <summary>One role: rename or delete it.</summary>
internal sealed class RoleModel(RoleDirectory roles, RoleStore store) : ConsolePage
{
    public sealed class Form
    {
        public long Version { get; set; }
        public string? Name { get; set; }
        public string? Description { get; set; }
    }

    [FromRoute(Name = "id")]
    public Guid Id { get; set; }

    [BindProperty]
    public Form Input { get; set; } = new();

    public Role Role { get; private set; } = null!;

    [Permission("roles.read")]
    public async Task<IActionResult> OnGetAsync()
    {
        if (!await ReadAsync())
            return NotFound();
        Input = new()
        {
            Version = Role.Version,
            Name = Role.Name,
            Description = Role.Description,
        };
        return Page();
    }

    [Permission("roles.write")]
    public async Task<IActionResult> OnPostChangeAsync()
    {
        if (!await ReadAsync())
            return NotFound();
        // Fields that the form does not show stay unchanged.
        RoleDraft draft = new(
            Input.Name?.Trim() ?? "",
            Role.ClientId,
            GroupsModel.Described(Input.Description),
            Role.IsAdministrative ? Role.Permissions : null
        );
        return await AnswerAsync(
            await store.ChangeAsync(Operator, Id, draft, Input.Version, RequestContext, Aborted),
            static role => $"/admin/roles/{role.Id}?done=saved",
            AgainAsync
        );
    }

    [Permission("roles.write")]
    public async Task<IActionResult> OnPostDeleteAsync(long version) =>
        await AnswerAsync(
            await store.DeleteAsync(Operator, Id, version, RequestContext, Aborted),
            "/admin/roles?done=deleted",
            AgainAsync
        );

    private async Task<IActionResult> AgainAsync() => await ReadAsync() ? Page() : NotFound();

    private async Task<bool> ReadAsync()
    {
        if (await roles.ReadAsync(Operator, Id, Aborted) is not AdminOutcome<Role>.Done found)
            return false;
        Role = found.Value;
        return true;
    }
}
