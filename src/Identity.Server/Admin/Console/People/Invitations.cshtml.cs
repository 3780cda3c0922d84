using System.Globalization;
using Identity.Core.Administration;
using Identity.Core.Languages;
using Identity.Core.Primitives;
using Identity.Core.Roles;
using Identity.Core.SignUp;
using Identity.Server.Admin.Console.Texts;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;

namespace Identity.Server.Admin.Console.People;

/// <summary>Lists open invitations, sends new ones, repeats and withdraws them.</summary>
internal sealed class InvitationsModel(
    InvitationActions invitations,
    RoleDirectory roles,
    GroupDirectory groups,
    LanguageList languages,
    IStringLocalizer<PeopleTexts> texts
) : ConsolePage
{
    private const string Here = "/admin/invitations";
    private const int PageSize = 50;

    public sealed class Form
    {
        public string? Email { get; set; }
        public string? Locale { get; set; }
        public IList<Guid> Roles { get; } = [];
        public IList<Guid> Groups { get; } = [];
    }

    [BindProperty]
    public Form Input { get; set; } = new();

    /// <summary>The last address of the previous page; untrusted.</summary>
    [BindProperty(SupportsGet = true, Name = "from")]
    public string? From { get; set; }

    public IReadOnlyList<Invitation> Lines { get; private set; } = [];

    public Pager Pager { get; private set; } = new(null, null);

    /// <summary>The roles that an invitation may carry.</summary>
    public IReadOnlyList<Role> Roles { get; private set; } = [];

    public IReadOnlyList<Group> Groups { get; private set; } = [];

    [Permission("users.read")]
    public Task<IActionResult> OnGetAsync()
    {
        Input.Locale = CultureInfo.CurrentUICulture.Name;
        return ShowAsync();
    }

    [Permission("users.write")]
    public async Task<IActionResult> OnPostAsync()
    {
        if (!EmailAddress.TryParse(Input.Email?.Trim(), out var email))
        {
            Wrong("Input.Email", texts["Invalid.Address"]);
            return await ShowAsync();
        }
        InvitationDraft draft = new(email, languages.Find(Input.Locale)?.Tag, [.. Input.Roles], [.. Input.Groups]);
        var outcome = await invitations.SendAsync(Operator, draft, RequestContext, Aborted);
        if (outcome is AdminOutcome<Guid>.Failed { Reason: AdminOutcome.Invalid { Field: "email" } })
        {
            Wrong("Input.Email", texts["Invite.Taken"]);
            return await ShowAsync();
        }
        return await AnswerAsync(outcome, static _ => Here + "?done=sent", ShowAsync);
    }

    [Permission("users.write")]
    public async Task<IActionResult> OnPostResendAsync(Guid id) =>
        await AnswerAsync(
            await invitations.ResendAsync(Operator, id, RequestContext, Aborted),
            Here + "?done=sent",
            ShowAsync
        );

    [Permission("users.write")]
    public async Task<IActionResult> OnPostWithdrawAsync(Guid id) =>
        await AnswerAsync(
            await invitations.WithdrawAsync(Operator, id, RequestContext, Aborted),
            Here + "?done=withdrawn",
            ShowAsync
        );

    private async Task<IActionResult> ShowAsync()
    {
        var after = EmailAddress.TryParse(From, out var last) ? last.Canonical : null;
        var found = ListOf(await invitations.ListAsync(Operator, after, PageSize + 1, Aborted));
        Lines = [.. found.Take(PageSize)];
        Pager = new(
            after is null ? null : Here,
            found.Count > PageSize ? Pager.Address(Here, ("from", Lines[^1].Email)) : null
        );
        if (Operator.May(AdminPermission.RolesGrant))
            Roles =
            [
                .. ListOf(await roles.ListAsync(Operator, null, RoleDirectory.MaxPage, Aborted))
                    .Where(static role => !role.IsAdministrative),
            ];
        if (Operator.May(AdminPermission.GroupsWrite))
            Groups = ListOf(await groups.ListAsync(Operator, null, RoleDirectory.MaxPage, Aborted));
        return Page();
    }
}
