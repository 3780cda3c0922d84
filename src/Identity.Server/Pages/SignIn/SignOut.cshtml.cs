using Identity.Core.Clients;
using Identity.Core.Logout;
using Identity.Core.Sessions;
using Identity.Server.Browser;
using Identity.Server.Pages.Shared;
using Microsoft.AspNetCore.Mvc;

namespace Identity.Server.Pages.SignIn;

/// <summary>
/// Asks whether to sign out (WB-2), and does it. With a return URL, that of an end-session request, the person goes
/// back there, where the client's own address is known.
/// </summary>
internal sealed class SignOutModel(SessionStore sessions, ClientRegistry clients, IFrontchannelLogoutFrames frames)
    : HostedPage
{
    /// <summary>Who is signed in.</summary>
    public ActiveSession? Session { get; private set; }

    public async Task<IActionResult> OnGetAsync()
    {
        Session = await GetSessionAsync();
        AllowWayBackToClient();
        return Session is null ? SeeOther(ReturnUrl ?? "/signed-out") : Page();
    }

    public async Task<IActionResult> OnPostAsync()
    {
        var next = ReturnUrl ?? "/signed-out";
        if (await GetSessionAsync() is { } session)
        {
            await sessions.EndAsync(
                session.Id,
                EndReason.Logout,
                HttpContext.ReadRequestContext(),
                HttpContext.RequestAborted
            );
            next = await frames.GetPageUrlAsync(session.Id, ReturnUrl, HttpContext.RequestAborted);
        }
        BrowserSession.Forget(HttpContext);
        return SeeOther(next);
    }

    // Chrome holds the whole chain of redirects that a form starts to the page's policy; the chain ends at an address
    // that a client has registered (WB-4).
    private void AllowWayBackToClient()
    {
        if (ReturnUrl?.IndexOf('?', StringComparison.Ordinal) is not (> 0 and var start))
            return;
        if (
            FormText.ParseQuery(ReturnUrl[start..], FormRules.Query) is FormText.Read query
            && query.Parameters.TryGetValue("post_logout_redirect_uri", out var values)
            && values is [{ } address]
            && clients.Clients.Any(client => client.AllowsPostLogoutRedirectUri(address))
        )
            HttpContext.AllowFormAction(address);
    }
}
