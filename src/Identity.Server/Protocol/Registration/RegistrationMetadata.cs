using Identity.Server.Protocol.Engine;
using Identity.Server.Protocol.Engine.Metadata;
using Microsoft.Extensions.Options;

namespace Identity.Server.Protocol.Registration;

/// <summary>RFC 8414 section 2: the endpoint, if registration is on.</summary>
internal sealed class RegistrationMetadata(Issuer issuer, IOptions<RegistrationOptions> options) : IMetadataContributor
{
    public void Contribute(MetadataDocument document)
    {
        if (options.Value.Enabled)
            document.Add("registration_endpoint", issuer.UrlOf(EndpointPaths.Registration));
    }
}
