using OpenIddict.Server;

namespace Identity.Server.Protocol.ClientAuthentication;

/// <summary>The public addresses of the endpoints at which clients authenticate: what an assertion may name as <c>aud</c> beside the issuer (RFC 7523 section 3, RFC 9126 section 2).</summary>
internal sealed class EndpointAddresses(Issuer issuer)
{
    /// <summary>The token endpoint's and the one that was called.</summary>
    public IReadOnlyCollection<string> AudiencesAt(OpenIddictServerEndpointType endpoint)
    {
        var called = endpoint switch
        {
            OpenIddictServerEndpointType.PushedAuthorization => Endpoints.PushedAuthorization,
            OpenIddictServerEndpointType.Introspection => Endpoints.Introspection,
            OpenIddictServerEndpointType.Revocation => Endpoints.Revocation,
            _ => Endpoints.Token,
        };
        return [issuer.UrlOf(Endpoints.Token), issuer.UrlOf(called)];
    }
}
