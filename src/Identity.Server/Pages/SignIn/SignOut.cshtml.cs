using Identity.Core.Sessions;
using Identity.Server.Browser;
using Identity.Server.Pages.Shared;
using Microsoft.AspNetCore.Mvc;

namespace Identity.Server.Pages.SignIn;

/// <summary>
/// Asks whether to sign out (WB-2), and does it. With a return URL, that of an end-session request, the person goes back there, where the client's own address is known.
/// </summary>
internal sealed class SignOutModel(SessionStore sessions) : HostedPage
{
    /// <summary>Who is signed in.</summary>
    public ActiveSession? Session { get; private set; }

    public async Task<IActionResult> OnGetAsync()
    {
        Session = await GetSessionAsync();
        return Session is null ? SeeOther(ReturnUrl ?? "/signed-out") : Page();
    }

    public async Task<IActionResult> OnPostAsync()
    {
        if (await GetSessionAsync() is { } session)
            await sessions.EndAsync(session.Id, EndReason.Logout, HttpContext.ReadRequestContext(), HttpContext.RequestAborted);
        BrowserSession.Forget(HttpContext);
        return SeeOther(ReturnUrl ?? "/signed-out");
    }
}
