using Identity.Server.Protocol.Requests.Parsing;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.WebUtilities;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Endpoints.Authorize;

/// <summary>response_mode=query: a redirect with the answer in its query. 303, so that a posted request is not posted
/// again (RFC 9700 4.12).</summary>
internal sealed class AnswerByQuery : IOpenIddictServerHandler<ApplyAuthorizationResponseContext>
{
    public ValueTask HandleAsync(ApplyAuthorizationResponseContext context)
    {
        if (
            context.RedirectUri is not { } redirectUri
            || context.ResponseMode != OpenIddictConstants.ResponseModes.Query
        )
            return ValueTask.CompletedTask;
        var response = context.Transaction.GetHttpRequest()!.HttpContext.Response;
        response.StatusCode = StatusCodes.Status303SeeOther;
        response.Headers.Location = QueryHelpers.AddQueryString(redirectUri, ResponseParameters.Of(context.Response));
        context.HandleRequest();
        return ValueTask.CompletedTask;
    }
}
