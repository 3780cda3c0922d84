namespace Identity.Server.Protocol.Engine.Metadata;

/// <summary> One feature's part of the metadata (OIDC Discovery 3, RFC 8414 section 2). The order does not matter: no
/// part reads another's members, and no two write the same member.
/// </summary>
internal interface IMetadataContributor
{
    /// <summary>Writes the members of this feature. A feature that is off writes none.</summary>
    void Contribute(MetadataDocument document);
}
