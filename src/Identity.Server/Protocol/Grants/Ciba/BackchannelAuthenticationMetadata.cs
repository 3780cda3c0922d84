using Identity.Core.Grants;
using Identity.Server.Protocol.Engine;
using Identity.Server.Protocol.Engine.Metadata;
using Microsoft.Extensions.Options;

namespace Identity.Server.Protocol.Grants.Ciba;

/// <summary>CIBA Core section 4, if the grant is on.</summary>
internal sealed class BackchannelAuthenticationMetadata(Issuer issuer, IOptions<GrantOptions> grants)
    : IMetadataContributor
{
    public void Contribute(MetadataDocument document)
    {
        if (!grants.Value.BackchannelAuthentication)
            return;
        document.Add("backchannel_authentication_endpoint", issuer.UrlOf(EndpointPaths.BackchannelAuthentication));
        document.Add("backchannel_token_delivery_modes_supported", ["poll"]);
        document.Add("backchannel_user_code_parameter_supported", false);
    }
}
