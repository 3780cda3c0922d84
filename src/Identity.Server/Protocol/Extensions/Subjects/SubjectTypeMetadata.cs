using Identity.Server.Protocol.Engine.Metadata;

namespace Identity.Server.Protocol.Extensions.Subjects;

/// <summary>OIDC Discovery 3: both types, by the client's registration.</summary>
internal sealed class SubjectTypeMetadata : IMetadataContributor
{
    public void Contribute(MetadataDocument document) =>
        document.Add("subject_types_supported", ["public", "pairwise"]);
}
