using System.Text.Json.Nodes;
using Identity.Core.Grants;
using Identity.Server.Protocol.Clients.Certificates;
using Identity.Server.Protocol.Engine;
using Identity.Server.Protocol.Engine.Metadata;
using Identity.Server.Protocol.Tokens.Jose;
using Microsoft.Extensions.Options;

namespace Identity.Server.Protocol.Clients;

/// <summary>How clients authenticate (RFC 8414 section 2, RFC 8705 sections 3.3 and 5).</summary>
internal sealed class ClientAuthenticationMetadata(
    AuthenticationMethods methods,
    IOptions<MutualTlsOptions> options,
    IOptions<GrantOptions> grants,
    EndpointAddresses addresses
) : IMetadataContributor
{
    public void Contribute(MetadataDocument document)
    {
        foreach (var endpoint in new[] { "token", "revocation", "pushed_authorization_request" })
            document.Add($"{endpoint}_endpoint_auth_methods_supported", methods.OfClients);
        document.Add("introspection_endpoint_auth_methods_supported", methods.OfConfidentialClients);
        foreach (var endpoint in new[] { "token", "revocation", "introspection" })
            document.Add($"{endpoint}_endpoint_auth_signing_alg_values_supported", PublicJwk.Algorithms);
        document.Add("tls_client_certificate_bound_access_tokens", options.Value.IsOn);
        if (options.Value.BaseUri is not null)
            document.Add("mtls_endpoint_aliases", Aliases());
    }

    // The enabled endpoints that a client calls directly.
    private JsonObject Aliases()
    {
        JsonObject aliases = new()
        {
            ["token_endpoint"] = addresses.AliasOf(EndpointPaths.Token),
            ["pushed_authorization_request_endpoint"] = addresses.AliasOf(EndpointPaths.PushedAuthorization),
            ["introspection_endpoint"] = addresses.AliasOf(EndpointPaths.Introspection),
            ["revocation_endpoint"] = addresses.AliasOf(EndpointPaths.Revocation),
            ["userinfo_endpoint"] = addresses.AliasOf(EndpointPaths.UserInfo),
        };
        if (grants.Value.DeviceAuthorization)
            aliases["device_authorization_endpoint"] = addresses.AliasOf(EndpointPaths.DeviceAuthorization);
        if (grants.Value.BackchannelAuthentication)
            aliases["backchannel_authentication_endpoint"] = addresses.AliasOf(EndpointPaths.BackchannelAuthentication);
        return aliases;
    }
}
