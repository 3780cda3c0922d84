using System.Globalization;
using System.Text.Json;
using Identity.Core.Administration;
using Identity.Core.Audit;
using Identity.Core.People;
using Microsoft.AspNetCore.Mvc;

namespace Identity.Server.Admin.Console.People;

/// <summary>All audit events of one person.</summary>
internal sealed class ActivityModel(PersonReader people) : ConsolePage
{
    private const int PageSize = 50;

    [FromRoute(Name = "id")]
    public Guid Id { get; set; }

    /// <summary>Where this page of the list begins; untrusted.</summary>
    [BindProperty(SupportsGet = true, Name = "from")]
    public string? From { get; set; }

    public IReadOnlyList<AuditEntry> Entries { get; private set; } = [];

    public Pager Pager { get; private set; } = new(null, null);

    [Permission("audit.read")]
    public async Task<IActionResult> OnGetAsync()
    {
        var outcome = await people.ActivityAsync(Operator, Id, Read(From), PageSize + 1, Aborted);
        if (outcome is not AdminOutcome<IReadOnlyList<AuditEntry>>.Done found)
            return NotFound();
        Entries = [.. found.Value.Take(PageSize)];
        var path = $"/admin/people/{Id}/activity";
        Pager = new(
            From is null ? null : path,
            found.Value.Count > PageSize ? $"{path}?from={Write(Entries[^1])}" : null
        );
        return Page();
    }

    /// <summary>The details of an event, flat, as in the log.</summary>
    public static IEnumerable<(string Name, string Value)> Details(AuditEntry entry)
    {
        using var details = JsonDocument.Parse(entry.DetailsJson);
        return
        [
            .. details
                .RootElement.EnumerateObject()
                .Where(static member => member.Value.ValueKind != JsonValueKind.Null)
                .Select(static member => (member.Name, member.Value.ToString())),
        ];
    }

    private static string Write(AuditEntry last) =>
        string.Create(CultureInfo.InvariantCulture, $"{last.CreatedAt.UtcTicks}.{last.Id:N}");

    private static AuditPlace? Read(string? text) =>
        text?.Split('.') is [{ Length: <= 19 } number, { Length: 32 } id]
        && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var ticks)
        && ticks <= DateTimeOffset.MaxValue.UtcTicks
        && Guid.TryParseExact(id, "N", out var row)
            ? new(new DateTimeOffset(ticks, TimeSpan.Zero), row)
            : null;
}
