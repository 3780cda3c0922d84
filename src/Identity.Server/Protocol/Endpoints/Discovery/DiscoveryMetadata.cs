using Identity.Core.Clients;
using Identity.Core.Keys;
using Identity.Core.Languages;
using Identity.Core.Profile;
using Identity.Core.Sessions;
using Identity.Server.Protocol.Engine;
using Identity.Server.Protocol.Engine.Metadata;

namespace Identity.Server.Protocol.Endpoints.Discovery;

/// <summary>The members about the issuer, scopes, claims and keys that the engine does not know or writes differently
/// (OIDC Discovery 3, RFC 8414 section 2).</summary>
internal sealed class DiscoveryMetadata(
    Issuer issuer,
    ClientRegistry registry,
    ClaimMappings mappings,
    SigningKeyRing keys,
    LanguageList languages
) : IMetadataContributor
{
    private static readonly string[] ProtocolClaims =
    [
        "sub",
        "iss",
        "aud",
        "exp",
        "iat",
        "auth_time",
        "nonce",
        "acr",
        "amr",
        "sid",
    ];

    public void Contribute(MetadataDocument document)
    {
        // The engine's Uri type would add a slash to an issuer without a path; clients compare the exact text.
        document.Add("issuer", issuer.Value);
        var claims = ScopeClaims.All.Concat(mappings.Claims).Distinct(StringComparer.Ordinal);
        document.Add(
            "scopes_supported",
            registry
                .Catalog.Scopes.Values.Where(static scope => !scope.IsAdministrative)
                .Select(static scope => scope.Name)
                .Order(StringComparer.Ordinal)
        );
        document.Add("claims_supported", ProtocolClaims.Concat(claims.Order(StringComparer.Ordinal)));
        document.Add("acr_values_supported", AuthenticationContext.Supported);
        document.Add(
            "ui_locales_supported",
            languages.All.Select(static language => language.Tag).Order(StringComparer.Ordinal)
        );
        document.Add("id_token_signing_alg_values_supported", keys.PublishedAlgorithms);
        document.Add("authorization_response_iss_parameter_supported", true);
    }
}
