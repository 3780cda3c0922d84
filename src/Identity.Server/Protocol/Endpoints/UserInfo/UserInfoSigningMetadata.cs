using Identity.Core.Keys;
using Identity.Server.Protocol.Engine.Metadata;

namespace Identity.Server.Protocol.Endpoints.UserInfo;

/// <summary>OIDC Discovery 3.</summary>
internal sealed class UserInfoSigningMetadata(SigningKeyRing keys) : IMetadataContributor
{
    public void Contribute(MetadataDocument document) =>
        document.Add("userinfo_signing_alg_values_supported", keys.PublishedAlgorithms);
}
