using Identity.Core.Clients;
using Identity.Core.Logout;
using Identity.Core.Sessions;
using Identity.Server.Browser;
using Identity.Server.Pages.Shared;
using Identity.Server.Presentation;
using Microsoft.AspNetCore.Mvc;

namespace Identity.Server.Pages.SignIn;

/// <summary> Asks whether to sign out (WB-2), of one account or of all in this browser, and does it. With the return
/// URL of an end-session request, the person returns there, where the client's address is known.
/// </summary>
[NamesItsAccount]
internal sealed class SignOutModel(
    SessionStore sessions,
    BrowserAccounts accounts,
    ClientRegistry clients,
    IFrontchannelLogoutFrames frames
) : HostedPage
{
    private const string SignedOutPath = "/signed-out";
    private const string ChoicePath = "/choose-account";

    /// <summary>The signed-in person.</summary>
    public ActiveSession? Session { get; private set; }

    /// <summary>Whether the browser holds other accounts.</summary>
    public bool HoldsOthers => accounts.HoldsOthers(HttpContext);

    public async Task<IActionResult> OnGetAsync()
    {
        Session = await GetSessionAsync();
        AllowWayBackToClient();
        return Session is null ? SeeOther(ReturnUrl ?? (HoldsOthers ? ChoicePath : SignedOutPath)) : Page();
    }

    /// <summary>Signs out of the account that the page showed, whichever is current now, or of all.</summary>
    public async Task<IActionResult> OnPostAsync(Guid? account, bool all)
    {
        if (account is null && !all)
            return await OnGetAsync();
        var ended = all ? await accounts.ListAsync(HttpContext) : await OneAsync(account!.Value);
        Guid[] ids = [.. ended.Select(static session => session.Id)];
        var next = ReturnUrl ?? SignedOutPath;
        if (ids.Length > 0)
        {
            await sessions.EndAsync(
                ids,
                EndReason.Logout,
                HttpContext.ReadRequestContext(),
                HttpContext.RequestAborted
            );
            next = await frames.GetPageUrlAsync(ids, ReturnUrl, HttpContext.RequestAborted);
        }
        foreach (var id in ids)
            BrowserSession.Forget(HttpContext, id);
        if (await GetSessionAsync() is null)
            BrowserSession.Forget(HttpContext);
        return SeeOther(next);
    }

    private async Task<IReadOnlyList<ActiveSession>> OneAsync(Guid account)
    {
        var session = await accounts.FindAsync(HttpContext, account);
        return session is null ? [] : [session];
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
