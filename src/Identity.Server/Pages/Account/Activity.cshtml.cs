using Identity.Core.Audit;
using Identity.Core.Clients;
using Identity.Core.Primitives;
using Identity.Core.Users;
using Identity.Server.Pages.Texts;
using Identity.Server.Presentation;
using Identity.Server.Presentation.Languages;
using Identity.Server.Presentation.Texts;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;

namespace Identity.Server.Pages.Account;

/// <summary>The account's events from the audit log, in plain words.</summary>
internal sealed class ActivityModel(
    UserStore users,
    AuditReader audit,
    ClientRegistry clients,
    PlaceText places,
    DateTimeFormatter dates,
    IStringLocalizer<AccountTexts> texts,
    IStringLocalizer<SharedTexts> shared
) : AccountPage(users)
{
    private const int PageSize = 25;

    /// <summary>An event, in words.</summary>
    /// <param name="Outcome">The key of a text if the event did not succeed.</param>
    public sealed record Happening(
        string Title,
        string? Outcome,
        string? App,
        DateTimeOffset At,
        string AtText,
        string? Device,
        string? Place,
        string? Address
    );

    /// <summary>Where this page of the list begins; untrusted.</summary>
    [BindProperty(SupportsGet = true, Name = "from")]
    public string? From { get; set; }

    public IReadOnlyList<Happening> Happenings { get; private set; } = [];

    /// <summary>Where the next page begins, if there is one.</summary>
    public string? Older { get; private set; }

    /// <summary>Whether this is the first page.</summary>
    public bool IsNewest { get; private set; }

    public async Task OnGetAsync()
    {
        var place = ActivityDescriptions.Read(From);
        IsNewest = place is null;
        var entries = await audit.PageOfUserAsync(
            Account.Id,
            ActivityDescriptions.Shown,
            place,
            PageSize + 1,
            HttpContext.RequestAborted
        );
        Older = entries.Count > PageSize ? ActivityDescriptions.Write(entries[PageSize - 1]) : null;
        Happenings = [.. entries.Take(PageSize).Select(Describe)];
    }

    private Happening Describe(AuditEntry entry)
    {
        var outcome = entry.Status switch
        {
            "failure" => "Activity.Failed",
            "blocked" => "Activity.Blocked",
            _ => null,
        };
        var client = ActivityDescriptions.ClientOf(entry);
        return new(
            texts[$"Activity.{entry.Type}"],
            outcome,
            clients.NameOf(client),
            entry.CreatedAt,
            dates.Exactly(entry.CreatedAt),
            entry.UserAgent is { Length: > 0 } agent ? DeviceDescriptions.Of(DeviceName.Of(agent), shared) : null,
            places.Of(entry.IpAddress),
            entry.IpAddress?.ToString()
        );
    }
}
