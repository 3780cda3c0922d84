using Identity.Core.Administration;
using Identity.Core.Clients;
using Microsoft.AspNetCore.Mvc;

namespace Identity.Server.Admin.Console.Apps;

/// <summary>The apps, including those of the configuration and faulty ones.</summary>
internal sealed class AppListModel(ClientAdministration clients) : ConsolePage
{
    private const int PageSize = 50;

    public IReadOnlyList<ClientListing> Apps { get; private set; } = [];

    public Pager Pager { get; private set; } = new(null, null);

    [BindProperty(SupportsGet = true)]
    public string? Search { get; set; }

    [Permission("clients.read")]
    public void OnGet(string? after)
    {
        if (
            clients.List(Operator, Search, after, PageSize + 1)
            is not AdminOutcome<IReadOnlyList<ClientListing>>.Done found
        )
            return;
        Apps = [.. found.Value.Take(PageSize)];
        Pager = new(after is null ? null : Link(null), found.Value.Count > PageSize ? Link(Apps[^1].Id) : null);
    }

    private string Link(string? after) => Pager.Address("/admin/apps", (nameof(Search), Search), ("after", after));
}
