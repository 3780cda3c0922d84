using System.Collections.Immutable;
using Identity.Core.Clients;
using Identity.Core.Profile;
using Identity.Core.Sessions;
using Identity.Server.Protocol.Engine;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Endpoints.Discovery;

/// <summary>
/// The metadata (OIDC Discovery 3, RFC 8414): what the engine cannot know, and what it says without being asked, put
/// right. Only what is on stands in it.
/// </summary>
internal sealed class TellTheTruth(Issuer issuer, ClientRegistry registry)
    : IOpenIddictServerHandler<ApplyConfigurationResponseContext>
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

    public ValueTask HandleAsync(ApplyConfigurationResponseContext context)
    {
        if (context.Response.Error is not null)
            return ValueTask.CompletedTask;
        var document = context.Response;
        // The engine's Uri type would add a slash to an issuer without a path; clients compare letter by letter.
        document["issuer"] = issuer.Value;
        Set(document, "scopes_supported", registry.Catalog.Scopes.Keys.Order(StringComparer.Ordinal));
        Set(document, "claims_supported", ProtocolClaims.Concat(ScopeClaims.All.Order(StringComparer.Ordinal)));
        Set(document, "acr_values_supported", AuthenticationContext.Supported);
        Set(document, "response_modes_supported", [ResponseModes.Query, ResponseModes.FormPost]);
        Set(
            document,
            "token_endpoint_auth_methods_supported",
            [ClientAuthMethod.SecretBasic, ClientAuthMethod.SecretPost, ClientAuthMethod.None]
        );
        Set(
            document,
            "revocation_endpoint_auth_methods_supported",
            [ClientAuthMethod.SecretBasic, ClientAuthMethod.SecretPost, ClientAuthMethod.None]
        );
        Set(
            document,
            "introspection_endpoint_auth_methods_supported",
            [ClientAuthMethod.SecretBasic, ClientAuthMethod.SecretPost]
        );
        Set(
            document,
            "id_token_signing_alg_values_supported",
            context
                .Options.SigningCredentials.Select(credentials => credentials.Algorithm)
                .Distinct()
                .Order(StringComparer.Ordinal)
        );
        document["authorization_response_iss_parameter_supported"] = true;
        // The defaults of OIDC Discovery 3 for what is left out are not ours: say no.
        document["claims_parameter_supported"] = false;
        document["request_parameter_supported"] = false;
        document["request_uri_parameter_supported"] = false;
        return ValueTask.CompletedTask;
    }

    private static void Set(OpenIddictResponse document, string name, IEnumerable<string?> values) =>
        document[name] = values.ToImmutableArray();
}
