using Identity.Server.Protocol.Engine.Metadata;
using Identity.Server.Protocol.Tokens.Jose;

namespace Identity.Server.Protocol.Extensions.Jar;

/// <summary>RFC 9101 section 10.5 and OIDC Discovery 3. A <c>request_uri</c> that would have to be fetched stays
/// unsupported.</summary>
internal sealed class RequestObjectMetadata : IMetadataContributor
{
    public void Contribute(MetadataDocument document)
    {
        document.Add("request_parameter_supported", true);
        // If omitted, it would mean true (OIDC Discovery 3).
        document.Add("request_uri_parameter_supported", false);
        document.Add("request_object_signing_alg_values_supported", PublicJwk.Algorithms);
    }
}
