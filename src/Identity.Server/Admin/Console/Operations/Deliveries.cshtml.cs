using Identity.Core.Administration;
using Identity.Core.Data;
using Identity.Core.Logout;
using Microsoft.AspNetCore.Mvc;

namespace Identity.Server.Admin.Console.Operations;

/// <summary>The messages to apps about the end of sessions.</summary>
internal sealed class DeliveriesModel(LogoutDeliveryAdministration deliveries) : ConsolePage
{
    private const int PageSize = 50;

    [BindProperty(SupportsGet = true, Name = "app")]
    public string? App { get; set; }

    [BindProperty(SupportsGet = true, Name = "waiting")]
    public bool Waiting { get; set; }

    public IReadOnlyList<LogoutLedgerEntry> Lines { get; private set; } = [];

    public Pager Pager { get; private set; } = new(null, null);

    [Permission("deliveries.read")]
    public Task<IActionResult> OnGetAsync(string? after) => ShowAsync(after);

    [Permission("deliveries.write")]
    public async Task<IActionResult> OnPostRetryAsync(Guid id) =>
        await AnswerAsync(
            await deliveries.RetryAsync(Operator, id, RequestContext, Aborted),
            "/admin/deliveries?done=Retried",
            () => ShowAsync(null)
        );

    private async Task<IActionResult> ShowAsync(string? after)
    {
        var place = Pager.ReadPlace(after);
        LogoutLedgerFilter filter = new(string.IsNullOrWhiteSpace(App) ? null : App.Trim(), OnlyWaiting: Waiting);
        var outcome = await deliveries.ListAsync(Operator, filter, place, PageSize + 1, Aborted);
        if (outcome is not AdminOutcome<IReadOnlyList<LogoutLedgerEntry>>.Done found)
            return Page();
        Lines = [.. found.Value.Take(PageSize)];
        Pager = new(
            place is null ? null : Link(null),
            found.Value.Count > PageSize ? Link(new(Lines[^1].CreatedAt, Lines[^1].Id)) : null
        );
        return Page();
    }

    private string Link(ListPlace? after) =>
        Pager.Address(
            "/admin/deliveries",
            ("app", App),
            ("waiting", Waiting ? "true" : null),
            ("after", after is { } place ? Pager.Write(place) : null)
        );
}
