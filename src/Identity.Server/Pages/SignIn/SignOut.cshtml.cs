using Identity.Core.Clients;
using Identity.Core.Logout;
using Identity.Core.Sessions;
using Identity.Server.Browser;
using Identity.Server.Pages.Shared;
using Microsoft.AspNetCore.Mvc;

namespace Identity.Server.Pages.SignIn;

/// <summary> Asks whether to sign out (WB-2), and does it. With the return URL of an end-session request, the person
/// returns there, where the client's address is known.
/// </summary>
internal sealed class SignOutModel(SessionStore sessions, ClientRegistry clients, IFrontchannelLogoutFrames frames)
    : HostedPage
{
    /// <summary>The signed-in person.</summary>
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

    // Chrome applies the page's form-action to the whole chain of redirects that a form starts; the chain ends at a
    // registered address of a client (WB-4).
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
