using Identity.Core.Keys;
using Identity.Server.Protocol.Engine.Metadata;

namespace Identity.Server.Protocol.Endpoints.Introspection;

/// <summary>RFC 9701 section 7.</summary>
internal sealed class IntrospectionSigningMetadata(SigningKeyRing keys) : IMetadataContributor
{
    public void Contribute(MetadataDocument document) =>
        document.Add("introspection_signing_alg_values_supported", keys.PublishedAlgorithms);
}
