using Identity.Core.Primitives;
using Identity.Core.Sessions;
using Identity.Core.Users;
using Identity.Server.Browser;
using Identity.Server.Pages.Flow;
using Identity.Server.Presentation;
using Identity.Server.Presentation.Languages;
using Microsoft.AspNetCore.Mvc;

namespace Identity.Server.Pages.Account;

/// <summary>Where the person is signed in; each can be ended, or all but this one (SE-8). Sessions of clients for
/// offline access are shown with the connected apps.</summary>
internal sealed class SessionsModel(UserStore users, SessionStore sessions, PlaceText places, DateTimeFormatter dates)
    : AccountPage(users)
{
    /// <summary>A session as shown on the page.</summary>
    public sealed record Device(
        Guid Id,
        DeviceName Name,
        string? Address,
        string? Place,
        DateTimeOffset LastSeen,
        string LastSeenText,
        string Since,
        bool IsThis
    );

    public IReadOnlyList<Device> Devices { get; private set; } = [];

    public async Task OnGetAsync()
    {
        var list = await sessions.ListAsync(Account.Id, HttpContext.RequestAborted);
        Devices = [.. list.Select(Describe).OrderByDescending(static device => device.IsThis)];
    }

    public async Task<IActionResult> OnPostEndAsync(Guid id)
    {
        await sessions.EndOwnAsync(
            Account.Id,
            id,
            EndReason.Revoked,
            HttpContext.ReadRequestContext(),
            HttpContext.RequestAborted
        );
        if (id != Session.Id)
            return SeeOther("/account/sessions?done");
        BrowserSession.Forget(HttpContext, Session.Id);
        return SeeOther("/signed-out");
    }

    [RequiresStepUp]
    public async Task<IActionResult> OnPostEndOthersAsync()
    {
        await sessions.EndAllAsync(
            Account.Id,
            Session.Id,
            EndReason.Revoked,
            HttpContext.ReadRequestContext(),
            HttpContext.RequestAborted
        );
        return SeeOther("/account/sessions?done");
    }

    private Device Describe(ActiveSession session) =>
        new(
            session.Id,
            DeviceName.Of(session.UserAgent),
            session.IpAddress?.ToString(),
            places.Of(session.IpAddress),
            session.LastActivityAt,
            dates.Ago(session.LastActivityAt),
            dates.Day(session.CreatedAt),
            session.Id == Session.Id
        );
}
