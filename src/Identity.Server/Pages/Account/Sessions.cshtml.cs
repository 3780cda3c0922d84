using Identity.Core.Primitives;
using Identity.Core.Sessions;
using Identity.Core.Users;
using Identity.Server.Browser;
using Identity.Server.Pages.Texts;
using Identity.Server.Pages.TwoFactor;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;

namespace Identity.Server.Pages.Account;

/// <summary>Where the person is signed in; each can be ended, or all but this one (SE-8).</summary>
internal sealed class SessionsModel(UserStore users, SessionStore sessions, TimeProvider time, IStringLocalizer<AccountTexts> texts, IStringLocalizer<SharedTexts> shared)
    : AccountPage(users)
{
    /// <summary>A session, in words.</summary>
    public sealed record Device(Guid Id, DeviceName Name, string? Address, DateTimeOffset LastSeen, string LastSeenText, string Since, bool IsThis);

    public IReadOnlyList<Device> Devices { get; private set; } = [];

    public async Task OnGetAsync()
    {
        var list = await sessions.ListAsync(Account.Id, HttpContext.RequestAborted);
        Devices = [.. list.Select(Describe).OrderByDescending(static device => device.IsThis)];
    }

    public async Task<IActionResult> OnPostEndAsync(Guid id)
    {
        await sessions.EndOwnAsync(Account.Id, id, EndReason.Revoked, HttpContext.ReadRequestContext(), HttpContext.RequestAborted);
        if (id != Session.Id)
            return SeeOther("/account/sessions?done");
        BrowserSession.Forget(HttpContext);
        return SeeOther("/signed-out");
    }

    [RequiresStepUp]
    public async Task<IActionResult> OnPostEndOthersAsync()
    {
        await sessions.EndAllAsync(Account.Id, Session.Id, EndReason.Revoked, HttpContext.ReadRequestContext(), HttpContext.RequestAborted);
        return SeeOther("/account/sessions?done");
    }

    private Device Describe(ActiveSession session) => new(
        session.Id, DeviceName.Of(session.UserAgent), session.IpAddress?.ToString(), session.LastActivityAt, Ago(session.LastActivityAt),
        session.CreatedAt.ToString(shared["DateFormat"], System.Globalization.CultureInfo.CurrentCulture), session.Id == Session.Id);

    // The unit is abbreviated, so that no language needs its plural forms here. Which hour it is where the person sits, the server cannot know.
    private string Ago(DateTimeOffset moment)
    {
        var age = time.GetUtcNow() - moment;
        if (age < TimeSpan.FromMinutes(2))
            return texts["Sessions.JustNow"];
        if (age < TimeSpan.FromHours(1))
            return texts["Sessions.MinutesAgo", (int)age.TotalMinutes];
        return age < TimeSpan.FromDays(1) ? texts["Sessions.HoursAgo", (int)age.TotalHours] : moment.ToString(shared["DateFormat"], System.Globalization.CultureInfo.CurrentCulture);
    }
}
