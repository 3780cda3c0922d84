using Identity.Server.Protocol.Requests.Parsing;
using Identity.Server.Protocol.Requests.Resumption;
using Microsoft.Extensions.Primitives;
using OpenIddict.Abstractions;
using OpenIddict.Server;

namespace Identity.Server.Protocol.Extensions.Par;

/// <summary>A request at the authorize endpoint whose parameters are stored and not in its URL: it was pushed (RFC
/// 9126) or came as a signed object (RFC 9101).</summary>
/// <param name="RequestUri">The name under which it continues.</param>
/// <param name="UrlParameters">The URL parameters with which the person returns to it. Other parameters of the URL are
/// ignored (RFC 9126 section 4).</param>
/// <param name="WasSignedByValue">Whether it came through the browser in this request as a signed object, so that it
/// was not pushed.</param>
internal sealed record StoredRequest(
    string RequestUri,
    IReadOnlyList<KeyValuePair<string, StringValues>> UrlParameters,
    bool WasSignedByValue
);

/// <summary>Passes the stored request from the step that reads it to the one that answers it.</summary>
internal static class StoredRequests
{
    private const string Property = "identity:stored_request";

    /// <summary>Null for a request whose parameters are in its URL.</summary>
    public static StoredRequest? GetStoredRequest(this OpenIddictServerTransaction transaction) =>
        transaction.GetProperty<StoredRequest>(Property);

    /// <summary>Replaces all parameters with the stored ones.</summary>
    public static void ContinueStoredRequest(
        this OpenIddictServerTransaction transaction,
        string requestUri,
        string clientId,
        IEnumerable<KeyValuePair<string, string>> parameters,
        HttpRequest http,
        bool wasSignedByValue = false
    )
    {
        transaction.Request = RequestParameters.ToRequest(parameters);
        transaction.Request.ClientId = clientId;
        var markers = ParameterUrl
            .ParametersOf(http)
            .Where(static parameter => AuthorizeMarker.IsMarker(parameter.Key));
        transaction.SetProperty(
            Property,
            new StoredRequest(
                requestUri,
                [
                    new(OpenIddictConstants.Parameters.ClientId, clientId),
                    new(OpenIddictConstants.Parameters.RequestUri, requestUri),
                    .. markers,
                ],
                wasSignedByValue
            )
        );
    }
}
