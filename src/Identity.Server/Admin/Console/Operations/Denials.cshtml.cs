using Identity.Core.Administration;
using Identity.Core.Denials;
using Microsoft.AspNetCore.Mvc;

namespace Identity.Server.Admin.Console.Operations;

/// <summary>Why requests were refused: the last three days, or one by the id that the person saw.</summary>
internal sealed class DenialsModel(DenialAdministration denials) : ConsolePage
{
    private const int PageSize = 50;

    [BindProperty(SupportsGet = true, Name = "id")]
    public string? Id { get; set; }

    [BindProperty(SupportsGet = true, Name = "app")]
    public string? App { get; set; }

    /// <summary>The requested one.</summary>
    public DeniedRequest? Found { get; private set; }

    public bool IsMissing { get; private set; }

    public IReadOnlyList<DeniedRequest> Refusals { get; private set; } = [];

    public Pager Pager { get; private set; } = new(null, null);

    [Permission("denials.read")]
    public async Task OnGetAsync(string? before)
    {
        if (!string.IsNullOrWhiteSpace(Id))
        {
            Found = await denials.FindAsync(Operator, Id, Aborted) is AdminOutcome<DeniedRequest>.Done found
                ? found.Value
                : null;
            IsMissing = Found is null;
            return;
        }
        var place = Pager.Read(before);
        var app = string.IsNullOrWhiteSpace(App) ? null : App.Trim();
        var outcome = await denials.ListAsync(Operator, app, place, PageSize + 1, Aborted);
        if (outcome is not AdminOutcome<IReadOnlyList<DeniedRequest>>.Done list)
            return;
        Refusals = [.. list.Value.Take(PageSize)];
        Pager = new(place is null ? null : Link(null), list.Value.Count > PageSize ? Link(Refusals[^1].At) : null);
    }

    private string Link(DateTimeOffset? before) =>
        Pager.Address("/admin/denials", ("app", App), ("before", before is { } place ? Pager.Write(place) : null));
}
