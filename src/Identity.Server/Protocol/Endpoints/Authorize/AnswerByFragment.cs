using Identity.Server.Protocol.Requests.Parsing;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.WebUtilities;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Endpoints.Authorize;

/// <summary>response_mode=fragment (OAuth 2.0 Multiple Response Types 2.1): a redirect with the answer in the fragment,
/// for clients that registered and requested it.</summary>
internal sealed class AnswerByFragment : IOpenIddictServerHandler<ApplyAuthorizationResponseContext>
{
    public ValueTask HandleAsync(ApplyAuthorizationResponseContext context)
    {
        if (
            context.RedirectUri is not { } redirectUri
            || context.ResponseMode != OpenIddictConstants.ResponseModes.Fragment
        )
            return ValueTask.CompletedTask;
        var response = context.Transaction.GetHttpRequest()!.HttpContext.Response;
        response.StatusCode = StatusCodes.Status303SeeOther;
        // A registered redirect URI has no fragment of its own; the encoding is that of a query.
        response.Headers.Location =
            redirectUri
            + "#"
            + QueryHelpers.AddQueryString(string.Empty, ResponseParameters.Of(context.Response)).TrimStart('?');
        context.HandleRequest();
        return ValueTask.CompletedTask;
    }
}
