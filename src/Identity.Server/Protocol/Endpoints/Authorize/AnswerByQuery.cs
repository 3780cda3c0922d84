using Identity.Server.Protocol.Endpoints.Authorize.Modes;
using Identity.Server.Protocol.Requests.Parsing;
using Microsoft.AspNetCore;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Endpoints.Authorize;

/// <summary>response_mode=query.</summary>
internal sealed class AnswerByQuery : IOpenIddictServerHandler<ApplyAuthorizationResponseContext>
{
    public ValueTask HandleAsync(ApplyAuthorizationResponseContext context)
    {
        if (
            context.RedirectUri is not { } redirectUri
            || context.ResponseMode != OpenIddictConstants.ResponseModes.Query
        )
            return ValueTask.CompletedTask;
        var http = context.Transaction.GetHttpRequest()!.HttpContext;
        AuthorizationResponseModes.ByQuery(http, redirectUri, ResponseParameters.Of(context.Response));
        context.HandleRequest();
        return ValueTask.CompletedTask;
    }
}
