using Identity.Server.Protocol.Engine.Metadata;

namespace Identity.Server.Protocol.Logout.Channels;

/// <summary>Front-Channel Logout 1.0 section 3, Back-Channel Logout 1.0 section 2.1.</summary>
internal sealed class LogoutMetadata : IMetadataContributor
{
    private static readonly string[] Members =
    [
        "frontchannel_logout_supported",
        "frontchannel_logout_session_supported",
        "backchannel_logout_supported",
        "backchannel_logout_session_supported",
    ];

    public void Contribute(MetadataDocument document)
    {
        foreach (var member in Members)
            document.Add(member, true);
    }
}
