using Identity.Core.Administration;
using Identity.Core.Primitives;
using Identity.Core.Roles;
using Identity.Core.Users;
using Identity.Server.Admin.Console.Texts;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;

namespace Identity.Server.Admin.Console.Roles;

/// <summary>One group: its roles and members.</summary>
internal sealed class GroupModel(
    GroupDirectory groups,
    GroupStore store,
    GroupMembers members,
    GroupRoles carried,
    RoleDirectory roles,
    UserStore users,
    IStringLocalizer<RoleTexts> texts
) : ConsolePage
{
    private const int PageSize = 50;

    public sealed class Form
    {
        public string? Email { get; set; }
    }

    public sealed class DraftForm
    {
        public long Version { get; set; }
        public string? Name { get; set; }
        public string? Description { get; set; }
    }

    [FromRoute(Name = "id")]
    public Guid Id { get; set; }

    [BindProperty]
    public Form Input { get; set; } = new();

    /// <summary>The name and the description, as they stand or were typed.</summary>
    [BindProperty]
    public DraftForm Draft { get; set; } = new();

    /// <summary>The last member of the previous page; untrusted.</summary>
    [BindProperty(SupportsGet = true, Name = "from")]
    public Guid? From { get; set; }

    public Group Group { get; private set; } = null!;

    public IReadOnlyList<Role> Roles { get; private set; } = [];

    /// <summary>The roles that it does not carry.</summary>
    public IReadOnlyList<Role> Grantable { get; private set; } = [];

    public IReadOnlyList<Member> Members { get; private set; } = [];

    public Pager Pager { get; private set; } = new(null, null);

    [Permission("groups.read")]
    public Task<IActionResult> OnGetAsync()
    {
        // An invalid position means the beginning.
        ModelState.Clear();
        return AgainAsync();
    }

    [Permission("groups.write")]
    public async Task<IActionResult> OnPostAddAsync()
    {
        if (
            !EmailAddress.TryParse(Input.Email?.Trim(), out var email)
            || await users.FindByEmailAsync(email, Aborted) is not { } person
        )
        {
            Wrong("Input.Email", texts["Group.Unknown"]);
            return await AgainAsync();
        }
        return await AnswerAsync(
            await members.AddAsync(Operator, Id, person.Id, RequestContext, Aborted),
            Done("added"),
            AgainAsync
        );
    }

    [Permission("groups.write")]
    public async Task<IActionResult> OnPostRemoveAsync(Guid member) =>
        await AnswerAsync(
            await members.RemoveAsync(Operator, Id, member, RequestContext, Aborted),
            Done("removed"),
            AgainAsync
        );

    [Permission("roles.grant")]
    public async Task<IActionResult> OnPostGrantAsync(Guid role) =>
        await AnswerAsync(
            await carried.GrantAsync(Operator, Id, role, RequestContext, Aborted),
            Done("granted"),
            AgainAsync
        );

    [Permission("roles.grant")]
    public async Task<IActionResult> OnPostWithdrawAsync(Guid role) =>
        await AnswerAsync(
            await carried.WithdrawAsync(Operator, Id, role, RequestContext, Aborted),
            Done("withdrawn"),
            AgainAsync
        );

    [Permission("groups.write")]
    public async Task<IActionResult> OnPostChangeAsync() =>
        await AnswerAsync(
            await store.ChangeAsync(
                Operator,
                Id,
                new(Draft.Name?.Trim() ?? "", GroupsModel.Described(Draft.Description)),
                Draft.Version,
                RequestContext,
                Aborted
            ),
            static group => $"/admin/groups/{group.Id}?done=group",
            AgainAsync,
            "Draft"
        );

    [Permission("groups.write")]
    public async Task<IActionResult> OnPostDeleteAsync(long version) =>
        await AnswerAsync(
            await store.DeleteAsync(Operator, Id, version, RequestContext, Aborted),
            "/admin/groups?done=deleted",
            AgainAsync
        );

    private string Done(string key) => $"/admin/groups/{Id}?done={key}";

    private async Task<IActionResult> AgainAsync()
    {
        if (await groups.ReadAsync(Operator, Id, Aborted) is not AdminOutcome<Group>.Done group)
            return NotFound();
        Group = group.Value;
        Draft.Name ??= Group.Name;
        Draft.Description ??= Group.Description;
        Draft.Version = Draft.Version == 0 ? Group.Version : Draft.Version;
        Roles = ListOf(await roles.OfGroupAsync(Operator, Id, Aborted));
        Grantable =
        [
            .. ListOf(await roles.ListAsync(Operator, null, RoleDirectory.MaxPage, Aborted))
                .Where(role => Roles.All(held => held.Id != role.Id)),
        ];
        var found = ListOf(await groups.MembersAsync(Operator, Id, From, PageSize + 1, Aborted));
        Members = [.. found.Take(PageSize)];
        var at = $"/admin/groups/{Id}";
        Pager = new(From is null ? null : at, found.Count > PageSize ? $"{at}?from={Members[^1].UserId}" : null);
        return Page();
    }
}
