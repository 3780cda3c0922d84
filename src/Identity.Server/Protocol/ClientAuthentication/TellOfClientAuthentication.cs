using System.Collections.Immutable;
using Identity.Core.Clients;
using Identity.Server.Protocol.Jose;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.ClientAuthentication;

/// <summary>The metadata of how clients authenticate (RFC 8414 section 2, RFC 8705 sections 3.3 and 5). Only what is on stands in it.</summary>
internal sealed class TellOfClientAuthentication : IOpenIddictServerHandler<ApplyConfigurationResponseContext>
{
    public ValueTask HandleAsync(ApplyConfigurationResponseContext context)
    {
        if (context.Response.Error is not null)
            return ValueTask.CompletedTask;
        string[] methods = [ClientAuthMethod.SecretBasic, ClientAuthMethod.SecretPost, ClientAuthMethod.PrivateKeyJwt];
        foreach (var endpoint in new[] { "token", "revocation", "pushed_authorization_request" })
            Set(context.Response, $"{endpoint}_endpoint_auth_methods_supported", [.. methods, ClientAuthMethod.None]);
        Set(context.Response, "introspection_endpoint_auth_methods_supported", methods);
        foreach (var endpoint in new[] { "token", "revocation", "introspection" })
            Set(context.Response, $"{endpoint}_endpoint_auth_signing_alg_values_supported", PublicJwk.Algorithms);
        return ValueTask.CompletedTask;
    }

    private static void Set(OpenIddictResponse document, string name, IEnumerable<string?> values) => document[name] = values.ToImmutableArray();
}
