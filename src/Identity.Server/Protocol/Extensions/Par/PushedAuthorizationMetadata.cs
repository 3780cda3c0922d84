using Identity.Server.Protocol.Engine.Metadata;
using Microsoft.Extensions.Options;

namespace Identity.Server.Protocol.Extensions.Par;

/// <summary>RFC 9126 section 5. The engine names the endpoint's address.</summary>
internal sealed class PushedAuthorizationMetadata(IOptions<PushedAuthorizationOptions> options) : IMetadataContributor
{
    public void Contribute(MetadataDocument document) =>
        document.Add("require_pushed_authorization_requests", options.Value.Required);
}
