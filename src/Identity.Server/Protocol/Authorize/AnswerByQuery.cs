using Microsoft.AspNetCore;
using Microsoft.AspNetCore.WebUtilities;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Authorize;

/// <summary>response_mode=query: a redirect with the answer in its query. 303, so that a posted request is not posted
/// on (RFC 9700 4.12).</summary>
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
        response.Headers.Location = QueryHelpers.AddQueryString(redirectUri, ParametersOf(context.Response));
        context.HandleRequest();
        return ValueTask.CompletedTask;
    }

    public static IEnumerable<KeyValuePair<string, string?>> ParametersOf(OpenIddictResponse response) =>
        response
            .GetParameters()
            .Select(parameter => KeyValuePair.Create(parameter.Key, (string?)parameter.Value))
            .Where(parameter => !string.IsNullOrEmpty(parameter.Value));
}
