using Identity.Server.Protocol.Engine.Metadata;

namespace Identity.Server.Protocol.Extensions.ClaimsParameter;

/// <summary>OIDC Discovery 3.</summary>
internal sealed class ClaimsParameterMetadata : IMetadataContributor
{
    public void Contribute(MetadataDocument document) => document.Add("claims_parameter_supported", true);
}
