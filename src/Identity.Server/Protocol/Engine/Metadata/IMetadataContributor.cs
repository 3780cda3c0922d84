namespace Identity.Server.Protocol.Engine.Metadata;

/// <summary>
/// One feature's part of the metadata (OIDC Discovery 3, RFC 8414 section 2). Parts have no order: no part reads what
/// another wrote, and no two write the same member.
/// </summary>
internal interface IMetadataContributor
{
    /// <summary>Writes the members of this feature. A feature that is off writes none.</summary>
    void Contribute(MetadataDocument document);
}
