using Identity.Server.Browser;
using Microsoft.AspNetCore;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Logout.SessionManagement;

/// <summary> Adds <c>session_state</c> to a successful answer (Session Management 1.0 section 2), and ensures that the
/// browser has the state of which it is a digest. An answer without a session removes the state, so that the client
/// notices a session that ended elsewhere at its next poll.
/// </summary>
internal sealed class AnswerWithSessionState(StateCookie state, BrowserAccounts accounts)
    : IOpenIddictServerHandler<ApplyAuthorizationResponseContext>
{
    public async ValueTask HandleAsync(ApplyAuthorizationResponseContext context)
    {
        if (context.Transaction.GetHttpRequest()?.HttpContext is not { } http)
            return;
        if (await http.GetActiveSessionAsync() is not { } session)
        {
            accounts.ForgetState(http);
        }
        else if (
            context
                is {
                    Response: { Error: null, Code: not null } response,
                    Request: { ClientId: { } clientId } request,
                    RedirectUri: { } redirectUri
                }
            && request.HasScope(OpenIddictConstants.Scopes.OpenId)
        )
        {
            state.Keep(http, session.Id);
            response["session_state"] = SessionState.Create(clientId, redirectUri, state.ValueOf(session.Id));
        }
    }
}
