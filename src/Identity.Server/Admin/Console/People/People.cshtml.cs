using Identity.Core.Administration;
using Identity.Core.People;
using Identity.Core.Roles;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Primitives;

namespace Identity.Server.Admin.Console.People;

/// <summary>Finds people.</summary>
internal sealed partial class PeopleModel(
    PeopleDirectory people,
    BulkActions bulk,
    RoleDirectory roles,
    GroupDirectory groups,
    RefusalLog refusals,
    TimeProvider time
) : ConsolePage
{
    private const int PageSize = 25;

    /// <summary>The number of days since a person's last sign-in.</summary>
    public static IReadOnlyList<int> UnseenChoices { get; } = [30, 90, 365];

    [BindProperty(SupportsGet = true, Name = "q")]
    public string? Text { get; set; }

    [BindProperty(SupportsGet = true, Name = "state")]
    public PersonState State { get; set; }

    [BindProperty(SupportsGet = true, Name = "role")]
    public Guid? Role { get; set; }

    [BindProperty(SupportsGet = true, Name = "unseen")]
    public int? Unseen { get; set; }

    /// <summary>Where this page of the list begins; untrusted.</summary>
    [BindProperty(SupportsGet = true, Name = "from")]
    public string? From { get; set; }

    public PeoplePage Found { get; private set; } = new([], null);

    public IReadOnlyList<Role> Roles { get; private set; } = [];

    public Pager Pager { get; private set; } = new(null, null);

    public bool MayCreate => Operator.May(AdminPermission.UsersWrite);

    [Permission("users.read")]
    public Task<IActionResult> OnGetAsync()
    {
        // An invalid filter is ignored.
        ModelState.Clear();
        return AgainAsync();
    }

    private PersonFilter Filter =>
        new(
            Text,
            Enum.IsDefined(State) ? State : PersonState.Any,
            Role,
            Unseen is { } days and > 0 and <= 3650 ? time.GetUtcNow().AddDays(-days) : null
        );

    private async Task<IActionResult> AgainAsync()
    {
        if (Operator.May(AdminPermission.RolesRead))
            Roles = ListOf(await roles.ListAsync(Operator, null, RoleDirectory.MaxPage, Aborted));
        if (May(AdminActions.BulkAddToGroup))
            Groups = ListOf(await groups.ListAsync(Operator, null, RoleDirectory.MaxPage, Aborted));
        var outcome = await people.SearchAsync(Operator, Filter, From, PageSize, Aborted);
        if (outcome is not AdminOutcome<PeoplePage>.Done list)
            return NotFound();
        Found = list.Value;
        Pager = new(From is null ? null : Link(null), Found.Next is { } next ? Link(next) : null);
        return Page();
    }

    private string Link(string? from)
    {
        var query = QueryString.Create(Kept());
        return Request.Path + (from is null ? query : query.Add("from", from)).Value;
    }

    private IEnumerable<KeyValuePair<string, StringValues>> Kept() =>
        Request.Query.Where(static pair => pair.Key is "q" or "state" or "role" or "unseen");
}
