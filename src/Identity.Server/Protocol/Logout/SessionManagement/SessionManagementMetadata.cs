using Identity.Server.Protocol.Engine;
using Identity.Server.Protocol.Engine.Metadata;

namespace Identity.Server.Protocol.Logout.SessionManagement;

/// <summary>Session Management 1.0 section 3.3.</summary>
internal sealed class SessionManagementMetadata(Issuer issuer) : IMetadataContributor
{
    public void Contribute(MetadataDocument document) =>
        document.Add("check_session_iframe", issuer.UrlOf(EndpointPaths.CheckSession));
}
