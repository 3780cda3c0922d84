using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Identity.Core.Clients;
using Identity.Server.Protocol.Clients.Certificates;
using Identity.Server.Protocol.Tokens.Jose;
using Microsoft.Extensions.Options;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Clients;

/// <summary>The metadata of how clients authenticate (RFC 8414 section 2, RFC 8705 sections 3.3 and 5). Only what is on
/// stands in it.</summary>
internal sealed class TellOfClientAuthentication(
    IOptions<MutualTlsOptions> options,
    CertificateAuthorities authorities,
    EndpointAddresses addresses
) : IOpenIddictServerHandler<ApplyConfigurationResponseContext>
{
    public ValueTask HandleAsync(ApplyConfigurationResponseContext context)
    {
        if (context.Response.Error is not null)
            return ValueTask.CompletedTask;
        string[] methods =
        [
            ClientAuthMethod.SecretBasic,
            ClientAuthMethod.SecretPost,
            ClientAuthMethod.PrivateKeyJwt,
            .. TlsMethods(),
        ];
        foreach (var endpoint in new[] { "token", "revocation", "pushed_authorization_request" })
            Set(context.Response, $"{endpoint}_endpoint_auth_methods_supported", [.. methods, ClientAuthMethod.None]);
        Set(context.Response, "introspection_endpoint_auth_methods_supported", methods);
        foreach (var endpoint in new[] { "token", "revocation", "introspection" })
            Set(context.Response, $"{endpoint}_endpoint_auth_signing_alg_values_supported", PublicJwk.Algorithms);
        context.Response["tls_client_certificate_bound_access_tokens"] = options.Value.IsOn;
        if (options.Value.BaseUri is not null)
            context.Response["mtls_endpoint_aliases"] = new OpenIddictParameter(Aliases(context.Response));
        return ValueTask.CompletedTask;
    }

    private IEnumerable<string> TlsMethods()
    {
        if (options.Value.IsOn && authorities.Any)
            yield return ClientAuthMethod.TlsClientAuth;
        if (options.Value.IsOn)
            yield return ClientAuthMethod.SelfSignedTlsClientAuth;
    }

    // Of the endpoints that are on, those to which a client speaks itself.
    private JsonObject Aliases(OpenIddictResponse document)
    {
        JsonObject aliases = [];
        foreach (
            var name in new[]
            {
                "token",
                "pushed_authorization_request",
                "introspection",
                "revocation",
                "userinfo",
                "device_authorization",
                "backchannel_authentication",
            }
        )
        {
            if ((string?)document[$"{name}_endpoint"] is { } endpoint)
                aliases[$"{name}_endpoint"] = addresses.AliasOf(new Uri(endpoint).AbsolutePath);
        }
        return aliases;
    }

    private static void Set(OpenIddictResponse document, string name, IEnumerable<string?> values) =>
        document[name] = values.ToImmutableArray();
}
