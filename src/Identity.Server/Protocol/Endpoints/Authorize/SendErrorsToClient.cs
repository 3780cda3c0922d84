using Identity.Core.Clients;
using Identity.Server.Protocol.Endpoints.Authorize.Modes;
using Identity.Server.Protocol.Engine;
using Microsoft.AspNetCore;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Endpoints.Authorize;

/// <summary> An error is returned to the client if client and redirect_uri are valid (RFC 6749 4.1.2.1); the engine
/// would show it here. Errors about these two are shown here, because otherwise the provider would be an open
/// redirector.
/// </summary>
internal sealed class SendErrorsToClient(ClientRegistry registry, Issuer issuer)
    : IOpenIddictServerHandler<ApplyAuthorizationResponseContext>
{
    public async ValueTask HandleAsync(ApplyAuthorizationResponseContext context)
    {
        if (
            context.RedirectUri is null
            && context.Response.Error is not null
            && context.Request is { RedirectUri: { } redirectUri } request
            && registry.Find(request.ClientId) is { } client
            && client.AllowsRedirectUri(redirectUri)
            && await AnswerTarget.MayLeaveAsync(
                context.Transaction.GetHttpRequest()!.HttpContext,
                client,
                request.GetPromptValues()
            )
        )
        {
            context.RedirectUri = redirectUri;
            // A faulty response_mode must not decide how the error is returned.
            context.Request.ResponseMode = client.ResponseModes.Contains(request.ResponseMode ?? string.Empty)
                ? request.ResponseMode
                : ResponseModes.Query;
        }

        // Exactly as in the metadata (RFC 9207 2.4); the engine would add a slash.
        if (context.RedirectUri is not null)
            context.Response.Iss = issuer.Value;
    }
}
