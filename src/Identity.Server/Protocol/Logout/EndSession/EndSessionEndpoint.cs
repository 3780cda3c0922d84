using System.Security.Claims;
using Identity.Server.Protocol.Tokens.IdTokens;
using Microsoft.AspNetCore;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Logout.EndSession;

/// <summary>Hands a request to the end session endpoint to <see cref="EndSessionAnswer"/>.</summary>
internal sealed class EndSessionEndpoint(EndSessionAnswer answer)
    : IOpenIddictServerHandler<HandleEndSessionRequestContext>
{
    public async ValueTask HandleAsync(HandleEndSessionRequestContext context)
    {
        var request = context.Request;
        await answer.WriteAsync(
            context.Transaction.GetHttpRequest()!.HttpContext,
            new(
                HintOf(context.IdentityTokenHintPrincipal),
                request.ClientId,
                request.PostLogoutRedirectUri,
                request.State
            )
        );
        context.HandleRequest();
    }

    private static IdTokenHint? HintOf(ClaimsPrincipal? principal) =>
        principal?.GetAudiences().FirstOrDefault() is { } clientId
        && principal.GetClaim(OpenIddictConstants.Claims.Subject) is { } subject
            ? new(clientId, subject, principal.GetClaim(SessionClaims.SessionId))
            : null;
}
