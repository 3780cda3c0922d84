using System.Text.Json;
using Duende.IdentityServer;
using Duende.IdentityServer.Models;
using Duende.IdentityServer.ResponseHandling;
using Identity.Core.Clients;
using Identity.Core.Grants;
using Identity.Core.Keys;
using Identity.Core.SignUp;
using Identity.Server.Protocol.Engine;
using Identity.Server.Protocol.Engine.Metadata;
using Microsoft.Extensions.Options;

namespace Identity.DuendeHost.Discovery;

// Discovery owns the metadata of this host: only what it does.

/// <summary>The metadata (OIDC Discovery 3, RFC 8414 section 2) from the parts of the provider's features that this
/// host has, and the key set of the ring.</summary>
internal sealed class Metadata(
    Issuer issuer,
    IEnumerable<IMetadataContributor> contributors,
    SigningKeyRing ring,
    IOptions<GrantOptions> grants,
    IOptions<SignUpOptions> signUp,
    IdentityServerLicense? license
) : IDiscoveryResponseGenerator
{
    public Task<Dictionary<string, object>> CreateDiscoveryDocumentAsync(string baseUrl, string issuerUri)
    {
        MetadataDocument document = new();
        foreach (var contributor in contributors)
            contributor.Contribute(document);
        Dictionary<string, object> all = new(StringComparer.Ordinal);
        foreach (var (name, value) in Own().Where(static member => member.Value is not null))
            all[name] = value!;
        foreach (var (name, value) in document.Members)
        {
            if (value is null)
                all.Remove(name);
            else
                all[name] = value;
        }
        // A licence without a feature makes Duende fail at its use, and stock relying parties use what is advertised.
        if (license is { ParFeature: false })
            all.Remove("pushed_authorization_request_endpoint");
        if (license is { DPoPFeature: false })
            all.Remove("dpop_signing_alg_values_supported");
        return Task.FromResult(all);
    }

    public Task<IEnumerable<JsonWebKey>> CreateJwkDocumentAsync() =>
        Task.FromResult(ring.Published.Select(static key => JsonSerializer.Deserialize<JsonWebKey>(key.PublicJwk)!));

    private Dictionary<string, object?> Own()
    {
        List<string> grantTypes =
        [
            ClientGrantType.AuthorizationCode,
            ClientGrantType.RefreshToken,
            ClientGrantType.ClientCredentials,
        ];
        if (grants.Value.DeviceAuthorization)
            grantTypes.Add(ClientGrantType.DeviceCode);
        List<string> prompts = ["none", "login", "consent", "select_account"];
        if (signUp.Value.IsOpen)
            prompts.Add("create");
        return new()
        {
            ["authorization_endpoint"] = issuer.UrlOf(EndpointPaths.Authorize),
            ["token_endpoint"] = issuer.UrlOf(EndpointPaths.Token),
            ["userinfo_endpoint"] = issuer.UrlOf(EndpointPaths.UserInfo),
            ["introspection_endpoint"] = issuer.UrlOf(EndpointPaths.Introspection),
            ["revocation_endpoint"] = issuer.UrlOf(EndpointPaths.Revocation),
            ["end_session_endpoint"] = issuer.UrlOf(EndpointPaths.EndSession),
            ["pushed_authorization_request_endpoint"] = issuer.UrlOf(EndpointPaths.PushedAuthorization),
            ["jwks_uri"] = issuer.UrlOf(EndpointPaths.JsonWebKeySet),
            ["response_types_supported"] = new[] { "code" },
            ["response_modes_supported"] = new[] { ClientResponseMode.Query, ClientResponseMode.FormPost },
            ["grant_types_supported"] = grantTypes,
            ["prompt_values_supported"] = prompts,
            ["code_challenge_methods_supported"] = new[] { "S256" },
            ["request_parameter_supported"] = false,
            ["request_uri_parameter_supported"] = false,
        };
    }
}
