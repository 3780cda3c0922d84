using Identity.Server.Protocol.Engine.Metadata;

namespace Identity.Server.Protocol.Extensions.Dpop;

/// <summary>RFC 9449 section 5.1.</summary>
internal sealed class DpopMetadata : IMetadataContributor
{
    public void Contribute(MetadataDocument document) =>
        document.Add("dpop_signing_alg_values_supported", DpopRules.Algorithms);
}
