using Microsoft.AspNetCore;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Extensions.Dpop;

/// <summary> A proof with a pushed request binds its code (RFC 9449 section 10.1), as <c>dpop_jkt</c> does; if both are
/// present, they must match. Runs after the client has authenticated and before the request is stored.
/// </summary>
internal sealed class BindPushedRequest(DpopRules rules)
    : IOpenIddictServerHandler<ValidatePushedAuthorizationRequestContext>
{
    public async ValueTask HandleAsync(ValidatePushedAuthorizationRequestContext context)
    {
        var http = context.Transaction.GetHttpRequest()!.HttpContext;
        var outcome = await rules.CheckPushedAsync(
            http,
            http.Request.Path.ToUriComponent(),
            (string?)context.Request[DpopRules.KeyParameter]
        );
        if (outcome is DpopOutcome.Bound bound)
            context.Request[DpopRules.KeyParameter] = bound.Thumbprint;
        else
            DpopRefusals.Refuse(
                context,
                nameof(BindPushedRequest),
                outcome is DpopOutcome.Refused refused ? refused with { KeyMismatch = false } : outcome
            );
    }
}
