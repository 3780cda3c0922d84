using Identity.Server.Protocol.Denials;
using Microsoft.AspNetCore;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Extensions.Par;

/// <summary> Begins the request behind a <c>request_uri</c> or continues a begun one (RFC 9126 section 4). Its
/// parameters replace all others in the URL. One SQL command to continue, two to begin or to reload the page. A foreign
/// <c>request_uri</c> is left to the engine, which refuses it.
/// </summary>
internal sealed class ResolvePushedRequest(PushedRequests pushed)
    : IOpenIddictServerHandler<ExtractAuthorizationRequestContext>
{
    public async ValueTask HandleAsync(ExtractAuthorizationRequestContext context)
    {
        if (context.Request is not { RequestUri: { Length: > 0 } requestUri } request)
            return;
        if (!string.IsNullOrEmpty(request.Request))
        {
            context.Deny(
                new(
                    nameof(ResolvePushedRequest),
                    OpenIddictConstants.Errors.InvalidRequest,
                    "Only one of request and request_uri may be given.",
                    "one of them",
                    "both"
                )
            );
            return;
        }

        if (!PushedRequests.IsOurs(requestUri) || string.IsNullOrEmpty(request.ClientId))
            return;
        var http = context.Transaction.GetHttpRequest()!;
        var browser = RequestBrowser.Of(http);
        if (
            await pushed.BeginOrResumeAsync(requestUri, request.ClientId, browser, http.HttpContext.RequestAborted)
            is not { } stored
        )
        {
            // Other parameters in the URL were not pushed, so they must not decide where the error is sent.
            context.Request = new OpenIddictRequest { ClientId = request.ClientId };
            context.Deny(
                new(
                    nameof(ResolvePushedRequest),
                    OpenIddictConstants.Errors.InvalidRequestUri,
                    "The request_uri is unknown, expired, used, or another client's.",
                    "a request_uri of this client, at most 60 seconds old, or begun by this browser and not answered",
                    "none that is open"
                )
            );
            return;
        }

        if (stored.RequestUri != requestUri)
            browser.Remember(http.HttpContext.Response);
        context.Transaction.ContinueStoredRequest(stored.RequestUri, request.ClientId, stored.Parameters, http);
    }
}
