using System.Net;
using Identity.Core.Administration;
using Identity.Core.Audit;
using Identity.Server.Admin.Console.Texts;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;

namespace Identity.Server.Admin.Console.Operations;

/// <summary>The audit log: filters that each have an index, keyset pagination, export as a stream, and
/// verification.</summary>
internal sealed class AuditModel(AuditSearch search, IStringLocalizer<OperationTexts> texts) : ConsolePage
{
    private const int PageSize = 50;

    /// <summary>The types of events, for the filter.</summary>
    public static IReadOnlyList<string> Types { get; } =
    [
        .. typeof(AuditEventTypes)
            .GetFields()
            .Select(static field => (string)field.GetRawConstantValue()!)
            .Order(StringComparer.Ordinal),
    ];

    public static IReadOnlyList<string> Statuses { get; } = ["success", "failure", "blocked", "pending"];

    [BindProperty(SupportsGet = true)]
    public string? UserId { get; set; }

    [BindProperty(SupportsGet = true)]
    public string? Type { get; set; }

    [BindProperty(SupportsGet = true)]
    public string? Status { get; set; }

    [BindProperty(SupportsGet = true)]
    public string? Address { get; set; }

    [BindProperty(SupportsGet = true)]
    public string? From { get; set; }

    [BindProperty(SupportsGet = true)]
    public string? Until { get; set; }

    public IReadOnlyList<AuditEntry> Entries { get; private set; } = [];

    public Pager Pager { get; private set; } = new(null, null);

    public AuditVerification? Verified { get; private set; }

    [Permission("audit.read")]
    public Task<IActionResult> OnGetAsync(string? after) => ShowAsync(after);

    [Permission("audit.read")]
    public async Task<IActionResult> OnPostVerifyAsync()
    {
        if (await search.VerifyAsync(Operator, null, Aborted) is AdminOutcome<AuditVerification>.Done verified)
            Verified = verified.Value;
        return await ShowAsync(null);
    }

    [Permission("audit.export")]
    public async Task<IActionResult> OnPostExportAsync(string? format)
    {
        if (ReadFilter() is not { } filter)
            return await ShowAsync(null);
        return new AuditExport(search, Operator, filter, RequestContext, format == "csv");
    }

    private async Task<IActionResult> ShowAsync(string? after)
    {
        if (ReadFilter() is not { } filter)
            return Page();
        var outcome = await search.PageAsync(Operator, filter, PlaceOf(after), PageSize + 1, Aborted);
        if (outcome is not AdminOutcome<IReadOnlyList<AuditEntry>>.Done found)
            return Page();
        Entries = [.. found.Value.Take(PageSize)];
        Pager = new(
            after is null ? null : Link(null),
            found.Value.Count > PageSize ? Link(new(Entries[^1].CreatedAt, Entries[^1].Id)) : null
        );
        return Page();
    }

    private AuditFilter? ReadFilter()
    {
        var user = Read(UserId, nameof(UserId), static text => Guid.TryParse(text, out var id) ? id : (Guid?)null);
        var from = Read(From, nameof(From), Pager.Read);
        var until = Read(Until, nameof(Until), Pager.Read);
        var address =
            string.IsNullOrWhiteSpace(Address) ? null
            : IPAddress.TryParse(Address.Trim(), out var parsed) ? parsed
            : Bad(nameof(Address));
        return ModelState.IsValid ? new(user, Known(Type, Types), Known(Status, Statuses), address, from, until) : null;
    }

    private T? Read<T>(string? text, string field, Func<string, T?> parse)
        where T : struct
    {
        if (string.IsNullOrWhiteSpace(text))
            return null;
        if (parse(text.Trim()) is { } value)
            return value;
        Bad(field);
        return null;
    }

    private IPAddress? Bad(string field)
    {
        Wrong(field, texts["Filter.Wrong"]);
        return null;
    }

    private static string? Known(string? text, IReadOnlyList<string> known) => known.FirstOrDefault(one => one == text);

    private static AuditPlace? PlaceOf(string? after) =>
        after?.Split('_') is [var at, var id] && Pager.Read(at) is { } moment && Guid.TryParse(id, out var place)
            ? new(moment, place)
            : null;

    private string Link(AuditPlace? after) =>
        Pager.Address(
            "/admin/audit",
            (nameof(UserId), UserId),
            (nameof(Type), Type),
            (nameof(Status), Status),
            (nameof(Address), Address),
            (nameof(From), From),
            (nameof(Until), Until),
            ("after", after is null ? null : $"{Pager.Write(after.At)}_{after.Id:D}")
        );
}
