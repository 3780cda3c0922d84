using Identity.Server.Protocol.Requests.Parsing;
using Identity.Server.Protocol.Requests.Resumption;
using Microsoft.Extensions.Primitives;
using OpenIddict.Abstractions;
using OpenIddict.Server;

namespace Identity.Server.Protocol.Extensions.Par;

/// <summary>A request at the authorize endpoint whose parameters are kept here and do not stand in its URL: it was
/// pushed (RFC 9126) or came as a signed object (RFC 9101).</summary>
/// <param name="RequestUri">The name under which it goes on.</param>
/// <param name="UrlParameters">What the URL holds by which the person comes back to it. Nothing else that stood in the
/// URL counts (RFC 9126 section 4).</param>
/// <param name="WasSignedByValue">Whether it came through the browser in this very request, as a signed object: then it
/// was not pushed.</param>
internal sealed record StoredRequest(
    string RequestUri,
    IReadOnlyList<KeyValuePair<string, StringValues>> UrlParameters,
    bool WasSignedByValue
);

/// <summary>Carries the stored request from where it is read to where it is answered.</summary>
internal static class StoredRequests
{
    private const string Property = "identity:stored_request";

    /// <summary>Null for a request whose parameters stand in its URL.</summary>
    public static StoredRequest? GetStoredRequest(this OpenIddictServerTransaction transaction) =>
        transaction.GetProperty<StoredRequest>(Property);

    /// <summary>Puts what was kept in the place of all parameters.</summary>
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
