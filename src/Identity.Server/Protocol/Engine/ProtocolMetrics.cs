using System.Diagnostics.Metrics;
using Identity.Core.Clients;
using Identity.Core.Primitives;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Identity.Server.Protocol.Engine;

/// <summary>Counts issued tokens and refused requests.</summary>
internal static class ProtocolMetrics
{
    private static readonly Counter<long> Issued = IdentityMeter.Instance.CreateCounter<long>(
        "identity.tokens.issued",
        "{answer}",
        "Answers of the token endpoint with an access token."
    );
    private static readonly Counter<long> Refused = IdentityMeter.Instance.CreateCounter<long>(
        "identity.requests.refused",
        "{request}",
        "Protocol requests that were refused."
    );

    // Clients that nobody registered count as one: strangers must not make the series of a metric.
    private const string FromDocument = "metadata-document";

    public static void CountIssued(Client client, string? grantType) =>
        Issued.Add(
            1,
            new KeyValuePair<string, object?>("client_id", client.IsFromDocument ? FromDocument : client.Id),
            new("grant_type", grantType)
        );

    public static void CountRefused(OpenIddictServerEndpointType endpoint, string? error)
    {
        if (!IsOrdinary(endpoint, error))
            Refused.Add(1, new KeyValuePair<string, object?>("endpoint", endpoint.ToString()), new("error", error));
    }

    /// <summary>An answer that looks like a refusal but is not: a token that is not active (RFC 7662), a person who has
    /// not decided yet (RFC 8628 3.5).</summary>
    public static bool IsOrdinary(OpenIddictServerEndpointType endpoint, string? error) =>
        (endpoint, error)
            is
                (OpenIddictServerEndpointType.Introspection, Errors.InvalidToken)
                or
                (OpenIddictServerEndpointType.Token, Errors.AuthorizationPending);
}
