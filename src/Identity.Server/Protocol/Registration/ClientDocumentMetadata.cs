using Identity.Server.Protocol.Engine.Metadata;
using Microsoft.Extensions.Options;

namespace Identity.Server.Protocol.Registration;

/// <summary>draft-ietf-oauth-client-id-metadata-document section 6: that documents are taken, if they are.</summary>
internal sealed class ClientDocumentMetadata(IOptions<ClientDocumentOptions> options) : IMetadataContributor
{
    public void Contribute(MetadataDocument document)
    {
        if (options.Value.Enabled)
            document.Add("client_id_metadata_document_supported", true);
    }
}
