using Identity.Server.Protocol.Engine.Metadata;
using Identity.Server.Protocol.Tokens.Jose;

namespace Identity.Server.Protocol.Tokens.IdTokens;

/// <summary>OIDC Discovery 3.</summary>
internal sealed class IdTokenEncryptionMetadata : IMetadataContributor
{
    public void Contribute(MetadataDocument document)
    {
        document.Add("id_token_encryption_alg_values_supported", EncryptedJwt.Algorithms);
        document.Add("id_token_encryption_enc_values_supported", EncryptedJwt.Contents);
    }
}
