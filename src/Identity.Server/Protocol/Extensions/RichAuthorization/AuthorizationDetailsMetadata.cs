using Identity.Server.Protocol.Engine.Metadata;
using Microsoft.Extensions.Options;

namespace Identity.Server.Protocol.Extensions.RichAuthorization;

/// <summary>RFC 9396 section 10: the configured types; nothing if there are none.</summary>
internal sealed class AuthorizationDetailsMetadata(IOptions<AuthorizationDetailsOptions> options) : IMetadataContributor
{
    public void Contribute(MetadataDocument document)
    {
        if (options.Value.Types.Count > 0)
            document.Add(
                "authorization_details_types_supported",
                options.Value.Types.Keys.Order(StringComparer.Ordinal)
            );
    }
}
