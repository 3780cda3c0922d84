using Identity.Core.Administration;
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
    public Task<IActionResult> OnGetAsync(string? before) => ShowAsync(before);

    [Permission("deliveries.write")]
    public async Task<IActionResult> OnPostRetryAsync(Guid id) =>
        await AnswerAsync(
            await deliveries.RetryAsync(Operator, id, RequestContext, Aborted),
            "/admin/deliveries?done=Retried",
            () => ShowAsync(null)
        );

    private async Task<IActionResult> ShowAsync(string? before)
    {
        var place = Pager.Read(before);
        LogoutLedgerFilter filter = new(string.IsNullOrWhiteSpace(App) ? null : App.Trim(), OnlyWaiting: Waiting);
        var outcome = await deliveries.ListAsync(Operator, filter, place, PageSize + 1, Aborted);
        if (outcome is not AdminOutcome<IReadOnlyList<LogoutLedgerEntry>>.Done found)
            return Page();
        Lines = [.. found.Value.Take(PageSize)];
        Pager = new(place is null ? null : Link(null), found.Value.Count > PageSize ? Link(Lines[^1].CreatedAt) : null);
        return Page();
    }

    private string Link(DateTimeOffset? before) =>
        Pager.Address(
            "/admin/deliveries",
            ("app", App),
            ("waiting", Waiting ? "true" : null),
            ("before", before is { } place ? Pager.Write(place) : null)
        );
}
