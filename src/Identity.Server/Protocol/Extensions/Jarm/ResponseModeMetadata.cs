using Identity.Core.Clients;
using Identity.Core.Keys;
using Identity.Server.Protocol.Engine.Metadata;

namespace Identity.Server.Protocol.Extensions.Jarm;

/// <summary>JARM section 4. A mode that is off by default (<c>fragment</c>) is listed if a client registered
/// it.</summary>
internal sealed class ResponseModeMetadata(ClientRegistry registry, SigningKeyRing keys) : IMetadataContributor
{
    public void Contribute(MetadataDocument document)
    {
        document.Add("response_modes_supported", ClientResponseMode.All.Where(IsOn));
        document.Add("authorization_signing_alg_values_supported", keys.PublishedAlgorithms);
    }

    private bool IsOn(string mode) =>
        !ClientResponseMode.OnRequestOnly.Contains(mode)
        || registry.Clients.Any(client => client.ResponseModes.Contains(mode));
}
