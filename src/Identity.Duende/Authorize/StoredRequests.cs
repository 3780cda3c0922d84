using Duende.IdentityServer.Services;
using Identity.DuendeHost.Requests;
using Identity.Server.Protocol.Extensions.Par;
using Identity.Server.Protocol.Requests.Resumption;

namespace Identity.DuendeHost.Authorize;

/// <summary>Pushed requests (RFC 9126) are those of this provider, begun once by one browser: Duende asks for the one
/// that a <c>request_uri</c> names. Good on either engine. One SQL command to continue, two to begin.</summary>
internal sealed class StoredRequests(
    PushedRequests pushed,
    RequestState state,
    TimeProvider time,
    IHttpContextAccessor accessor
) : IPushedAuthorizationService
{
    public async Task<DeserializedPushedAuthorizationRequest?> GetPushedAuthorizationRequestAsync(string referenceValue)
    {
        var http = accessor.Current();
        var url = ParameterUrl.ParametersOf(http.Request);
        var clientId = url.FirstOrDefault(static parameter => parameter.Key == "client_id").Value.ToString();
        var browser = RequestBrowser.Of(http.Request);
        if (
            state.StoredRequest is not { } requestUri
            || await pushed.BeginOrResumeAsync(requestUri, clientId, browser, http.RequestAborted) is not { } stored
        )
        {
            state.Denial = new(
                nameof(StoredRequests),
                "invalid_request_uri",
                "The request_uri is unknown, expired, used, or another client's.",
                "a request_uri of this client, at most 60 seconds old, or begun by this browser and not answered",
                "none that is open"
            );
            return null;
        }
        if (stored.RequestUri != requestUri)
            browser.Remember(http.Response);
        state.StoredRequest = stored.RequestUri;
        state.Url =
        [
            new("client_id", clientId),
            new("request_uri", stored.RequestUri),
            .. url.Where(static parameter => AuthorizeMarker.IsMarker(parameter.Key)),
        ];
        var parameters = stored.Parameters.Where(static pair => pair.Key != "client_id").ToCollection();
        parameters["client_id"] = clientId;
        return new()
        {
            ReferenceValue = referenceValue,
            PushedParameters = parameters,
            // Its age was judged by the clock of the database.
            ExpiresAtUtc = time.GetUtcNow().UtcDateTime + PushedRequests.Lifetime,
        };
    }

    /// <summary>The response generator stores them.</summary>
    public Task StoreAsync(DeserializedPushedAuthorizationRequest pushedAuthorizationRequest) =>
        throw new NotSupportedException("Pushed requests are stored by this provider.");

    /// <summary>The answer completes the request, in one statement.</summary>
    public Task ConsumeAsync(string referenceValue) => Task.CompletedTask;
}
