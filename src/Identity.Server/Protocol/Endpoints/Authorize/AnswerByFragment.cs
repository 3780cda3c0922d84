using Identity.Server.Protocol.Endpoints.Authorize.Modes;
using Identity.Server.Protocol.Requests.Parsing;
using Microsoft.AspNetCore;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Endpoints.Authorize;

/// <summary>response_mode=fragment (OAuth 2.0 Multiple Response Types 2.1).</summary>
internal sealed class AnswerByFragment : IOpenIddictServerHandler<ApplyAuthorizationResponseContext>
{
    public ValueTask HandleAsync(ApplyAuthorizationResponseContext context)
    {
        if (
            context.RedirectUri is not { } redirectUri
            || context.ResponseMode != OpenIddictConstants.ResponseModes.Fragment
        )
            return ValueTask.CompletedTask;
        var http = context.Transaction.GetHttpRequest()!.HttpContext;
        AuthorizationResponseModes.ByFragment(http, redirectUri, ResponseParameters.Of(context.Response));
        context.HandleRequest();
        return ValueTask.CompletedTask;
    }
}
