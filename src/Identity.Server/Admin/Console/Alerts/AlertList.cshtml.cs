using Identity.Core.Administration;
using Identity.Core.Detection;
using Microsoft.AspNetCore.Mvc;

namespace Identity.Server.Admin.Console.Alerts;

/// <summary>Alerts: open and closed ones, newest first.</summary>
internal sealed class AlertListModel(AlertAdministration alerts) : ConsolePage
{
    private const int PageSize = 50;

    [BindProperty(SupportsGet = true)]
    public AlertFilter Filter { get; set; } = AlertFilter.Open;

    public IReadOnlyList<Alert> Alerts { get; private set; } = [];

    public Pager Pager { get; private set; } = new(null, null);

    [Permission("alerts.read")]
    public async Task<IActionResult> OnGetAsync(string? before, Guid? id)
    {
        var place = Pager.Read(before) is { } at ? new AlertPlace(at, id ?? Guid.Empty) : null;
        var found = ListOf(await alerts.ListAsync(Operator, Filter, place, PageSize + 1, Aborted));
        Alerts = [.. found.Take(PageSize)];
        Pager = new(place is null ? null : Link(null), found.Count > PageSize ? Link(Alerts[^1]) : null);
        return Page();
    }

    private string Link(Alert? last) =>
        Pager.Address(
            "/admin/alerts",
            ("Filter", Filter.ToString()),
            ("before", last is null ? null : Pager.Write(last.OpenedAt)),
            ("id", last?.Id.ToString())
        );
}
