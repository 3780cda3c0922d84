using Identity.Core.Clients;
using Identity.Core.Logout;
using Identity.Core.Profile;
using Identity.Core.Sessions;
using Identity.Server.Browser;
using Identity.Server.Protocol.Engine;
using Identity.Server.Protocol.Requests.Resumption;
using Identity.Server.Protocol.Tokens.IdTokens;
using Microsoft.AspNetCore.WebUtilities;

namespace Identity.Server.Protocol.Logout.EndSession;

/// <summary>A request to sign out, as an engine read it.</summary>
/// <param name="Hint">The verified <c>id_token_hint</c>; null without one.</param>
internal sealed record EndSessionRequest(
    IdTokenHint? Hint,
    string? ClientId,
    string? PostLogoutRedirectUri,
    string? State
);

/// <summary> RP-initiated logout (OIDC RP-Initiated Logout 1.0). A client that presents the ID token of this session
/// need not ask the person; other accounts of the browser stay signed in. Any other request leads to a page that asks
/// (WB-2), ends the session and returns here, where there is no session any more.
/// </summary>
internal sealed class EndSessionAnswer(
    ClientRegistry registry,
    SessionStore sessions,
    SubjectIdentifiers subjects,
    BrowserAccounts accounts,
    IFrontchannelLogoutFrames frames
)
{
    public async Task WriteAsync(HttpContext http, EndSessionRequest request)
    {
        if (await SessionOfAsync(http, request.Hint) is not { } session)
        {
            accounts.ForgetState(http);
            SeeOther.To(http, DestinationOf(request) ?? EndpointPaths.SignedOutPage);
        }
        else if (IsFor(request.Hint, session))
        {
            await sessions.EndAsync(session.Id, EndReason.Logout, http.ReadRequestContext(), http.RequestAborted);
            BrowserSession.Forget(http, session.Id);
            SeeOther.To(http, await frames.GetPageUrlAsync([session.Id], DestinationOf(request), http.RequestAborted));
        }
        else
        {
            SeeOther.To(
                http,
                EndpointPaths.SignOutPage + "?returnUrl=" + Uri.EscapeDataString(ReturnUrl(http.Request))
            );
        }
    }

    // The session of the hint, whichever account is current; without one in this browser, the current session.
    private async Task<ActiveSession?> SessionOfAsync(HttpContext http, IdTokenHint? hint) =>
        Guid.TryParseExact(hint?.SessionId, "D", out var id) && await accounts.FindAsync(http, id) is { } hinted
            ? hinted
            : await http.GetActiveSessionAsync();

    private bool IsFor(IdTokenHint? hint, ActiveSession session) =>
        hint is not null
        && hint.SessionId == session.Id.ToString("D")
        && registry.Find(hint.ClientId) is { } client
        && subjects.Matches(client, session.UserId, hint.Subject);

    // Only to an address that the requesting client has registered. Without a known client the person stays here
    // (section 3): null.
    private string? DestinationOf(EndSessionRequest request)
    {
        if (
            request.PostLogoutRedirectUri is not { } uri
            || registry.Find(request.ClientId ?? request.Hint?.ClientId) is not { } client
            || !client.AllowsPostLogoutRedirectUri(uri)
        )
            return null;
        return request.State is { Length: > 0 } state ? QueryHelpers.AddQueryString(uri, "state", state) : uri;
    }

    private static string ReturnUrl(HttpRequest request) =>
        ParameterUrl.Of(EndpointPaths.EndSession, ParameterUrl.ParametersOf(request));
}
