using Identity.Core.Clients;
using Identity.Core.Logout;
using Identity.Core.Profile;
using Identity.Core.Sessions;
using Identity.Server.Browser;
using Identity.Server.Protocol.Engine;
using Identity.Server.Protocol.Requests.Resumption;
using Identity.Server.Protocol.Tokens.IdTokens;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.WebUtilities;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Logout.EndSession;

/// <summary> RP-initiated logout (OIDC RP-Initiated Logout 1.0). A client that presents the ID token of this session
/// need not ask the person. Any other request leads to a page that asks (WB-2), ends the session and returns here,
/// where there is no session any more.
/// </summary>
internal sealed class EndSessionEndpoint(
    ClientRegistry registry,
    SessionStore sessions,
    SubjectIdentifiers subjects,
    IFrontchannelLogoutFrames frames
) : IOpenIddictServerHandler<HandleEndSessionRequestContext>
{
    public async ValueTask HandleAsync(HandleEndSessionRequestContext context)
    {
        var http = context.Transaction.GetHttpRequest()!.HttpContext;
        if (await http.GetActiveSessionAsync() is not { } session)
        {
            StateCookie.Forget(http);
            Redirect(http, Destination(context) ?? EndpointPaths.SignedOutPage);
        }
        else if (IsHintFor(context, session))
        {
            await sessions.EndAsync(session.Id, EndReason.Logout, http.ReadRequestContext(), http.RequestAborted);
            BrowserSession.Forget(http);
            Redirect(http, await frames.GetPageUrlAsync(session.Id, Destination(context), http.RequestAborted));
        }
        else
        {
            Redirect(http, EndpointPaths.SignOutPage + "?returnUrl=" + Uri.EscapeDataString(ReturnUrl(http.Request)));
        }
        context.HandleRequest();
    }

    private bool IsHintFor(HandleEndSessionRequestContext context, ActiveSession session) =>
        context.IdentityTokenHintPrincipal is { } hint
        && hint.GetClaim(SessionClaims.SessionId) == session.Id.ToString("D")
        && registry.Find(hint.GetAudiences().FirstOrDefault()) is { } client
        && hint.GetClaim(Claims.Subject) is { } subject
        && subjects.Matches(client, session.UserId, subject);

    // Only to an address that the requesting client has registered. Without a known client the person stays here
    // (section 3): null.
    private string? Destination(HandleEndSessionRequestContext context)
    {
        var request = context.Request;
        var clientId = request.ClientId ?? context.IdentityTokenHintPrincipal?.GetAudiences().FirstOrDefault();
        if (
            request.PostLogoutRedirectUri is not { } uri
            || registry.Find(clientId) is not { } client
            || !client.AllowsPostLogoutRedirectUri(uri)
        )
            return null;
        return request.State is { Length: > 0 } state ? QueryHelpers.AddQueryString(uri, Parameters.State, state) : uri;
    }

    private static string ReturnUrl(HttpRequest request) =>
        ParameterUrl.Of(EndpointPaths.EndSession, ParameterUrl.ParametersOf(request));

    private static void Redirect(HttpContext http, string location)
    {
        http.Response.StatusCode = StatusCodes.Status303SeeOther;
        http.Response.Headers.Location = location;
        http.Response.Headers.CacheControl = "no-store";
    }
}
