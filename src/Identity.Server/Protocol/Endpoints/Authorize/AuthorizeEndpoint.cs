using Identity.Core.Clients;
using Identity.Server.Protocol.Denials;
using Identity.Server.Protocol.Endpoints.Authorize.Decision;
using Identity.Server.Protocol.Engine;
using Identity.Server.Protocol.Extensions.Par;
using Identity.Server.Protocol.Requests.Parsing;
using Identity.Server.Protocol.Requests.Resumption;
using Microsoft.AspNetCore;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Endpoints.Authorize;

/// <summary>Hands a valid authorization request to the <see cref="AuthorizationDecider"/>, and its outcome to the
/// engine: a refusal, a page, or a code.</summary>
internal sealed class AuthorizeEndpoint(ClientRegistry registry, AuthorizationDecider decider)
    : IOpenIddictServerHandler<HandleAuthorizationRequestContext>
{
    public async ValueTask HandleAsync(HandleAuthorizationRequestContext context)
    {
        var http = context.Transaction.GetHttpRequest()!.HttpContext;
        var outcome = await decider.DecideAsync(
            http,
            new(
                context.Request.ToAuthorization(),
                registry.Find(context.ClientId)!,
                context.Transaction.GetStoredRequest()?.UrlParameters ?? ParameterUrl.ParametersOf(http.Request),
                context.IdentityTokenHintPrincipal?.GetClaim(Claims.Subject)
            )
        );
        switch (outcome)
        {
            case AuthorizationOutcome.Refused refusal:
                context.Deny(refusal.Denial);
                break;
            case AuthorizationOutcome.Page page:
                SeeOther.To(http, page.Location);
                context.HandleRequest();
                break;
            case AuthorizationOutcome.Issued issued:
                AnswerWithCode.Keep(context.Transaction, issued.Code);
                context.SignIn(EnginePrincipal.Of(issued.Session.UserId.ToString("D")));
                break;
        }
    }
}
