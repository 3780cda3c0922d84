using Identity.Core.Grants;
using Identity.Server.Protocol.Clients;
using Identity.Server.Protocol.Engine;
using Identity.Server.Protocol.Engine.Metadata;
using Microsoft.Extensions.Options;

namespace Identity.Server.Protocol.Grants.Device;

/// <summary>RFC 8628 section 4. The engine has one list for this endpoint and CIBA's and could name the wrong
/// one.</summary>
internal sealed class DeviceAuthorizationMetadata(
    Issuer issuer,
    IOptions<GrantOptions> grants,
    AuthenticationMethods methods
) : IMetadataContributor
{
    public void Contribute(MetadataDocument document)
    {
        if (grants.Value.DeviceAuthorization)
        {
            document.Add("device_authorization_endpoint", issuer.UrlOf(EndpointPaths.DeviceAuthorization));
            // Clients authenticate there as at the token endpoint.
            document.Add("device_authorization_endpoint_auth_methods_supported", methods.OfClients);
        }
        else
        {
            document.Remove("device_authorization_endpoint");
            document.Remove("device_authorization_endpoint_auth_methods_supported");
        }
    }
}
