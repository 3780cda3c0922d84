using Identity.Server.Protocol.Endpoints.Authorize.Modes;
using Identity.Server.Protocol.Requests.Parsing;
using Microsoft.AspNetCore;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Endpoints.Authorize;

/// <summary>response_mode=form_post (OAuth 2.0 Form Post Response Mode).</summary>
internal sealed class AnswerByFormPost : IOpenIddictServerHandler<ApplyAuthorizationResponseContext>
{
    public async ValueTask HandleAsync(ApplyAuthorizationResponseContext context)
    {
        if (
            context.RedirectUri is not { } redirectUri
            || context.ResponseMode != OpenIddictConstants.ResponseModes.FormPost
        )
            return;
        var http = context.Transaction.GetHttpRequest()!.HttpContext;
        await AuthorizationResponseModes.ByFormPostAsync(http, redirectUri, ResponseParameters.Of(context.Response));
        context.HandleRequest();
    }
}
