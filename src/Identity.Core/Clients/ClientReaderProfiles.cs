using System.Collections.Frozen;

namespace Identity.Core.Clients;

// The restrictions of each profile, each fault by its key, so that a client cannot be configured out of the profile
// that it claims.
internal sealed partial class ClientReader
{
    private static readonly string[] SharedSecrets = [ClientAuthMethod.SecretBasic, ClientAuthMethod.SecretPost];
    private static readonly string[] ServiceGrants = ["client_credentials", ClientGrantType.TokenExchange];
    private static readonly string[] BrowserGrants = ["authorization_code", "refresh_token"];

    private void CheckProfile(
        IReadOnlyList<string> authMethods,
        FrozenSet<string> grantTypes,
        IReadOnlyList<string> redirectUris
    )
    {
        if (_definition is { DpopBoundAccessTokens: true, TlsClientCertificateBoundAccessTokens: true })
            Fail(
                nameof(_definition.DpopBoundAccessTokens),
                "and TlsClientCertificateBoundAccessTokens are two ways to bind a token: choose one"
            );
        switch (_definition.Profile)
        {
            case ClientProfile.Fapi2:
                CheckFapi(authMethods, redirectUris);
                break;
            case ClientProfile.Spa:
                if (authMethods is not [ClientAuthMethod.None])
                    Fail(
                        nameof(_definition.TokenEndpointAuthMethod),
                        "is none for a single-page app, which can keep no secret"
                    );
                CheckGrants(grantTypes, BrowserGrants, "a single-page app");
                break;
            case ClientProfile.Native:
                // RFC 8252 section 8.5: a secret that is shipped to everybody is not a secret. A key that each
                // installation creates for itself is allowed.
                if (authMethods.Any(SharedSecrets.Contains))
                    Fail(nameof(_definition.TokenEndpointAuthMethod), "a native app cannot keep a shared secret");
                break;
            case ClientProfile.Service:
                if (authMethods.Contains(ClientAuthMethod.None))
                    Fail(nameof(_definition.TokenEndpointAuthMethod), "a service must authenticate");
                CheckGrants(grantTypes, ServiceGrants, "a service, which acts without a person");
                break;
        }
    }

    // FAPI 2.0 security profile 5.3.2 and 5.4. Pushed requests, algorithms and lifetimes are checked where they are
    // read.
    private void CheckFapi(IReadOnlyList<string> authMethods, IReadOnlyList<string> redirectUris)
    {
        if (authMethods.Contains(ClientAuthMethod.None) || authMethods.Any(SharedSecrets.Contains))
            Fail(nameof(_definition.TokenEndpointAuthMethod), "FAPI 2.0 asks for private_key_jwt or mutual TLS");
        if (_definition.DpopBoundAccessTokens == false && _definition.TlsClientCertificateBoundAccessTokens != true)
            Fail(
                nameof(_definition.DpopBoundAccessTokens),
                "FAPI 2.0 asks for tokens that are bound to a key: this, or TlsClientCertificateBoundAccessTokens"
            );
        if (_definition.IdTokenSignedResponseAlg is { } algorithm && !FapiAlgorithms.Contains(algorithm))
            Fail(
                nameof(_definition.IdTokenSignedResponseAlg),
                $"'{algorithm}' is not allowed by FAPI 2.0, which asks for ES256 or PS256"
            );
        foreach (
            var uri in redirectUris.Where(static uri => !uri.StartsWith("https://", StringComparison.OrdinalIgnoreCase))
        )
            Fail(nameof(_definition.RedirectUris), $"'{uri}' must be https (FAPI 2.0)");
        foreach (var mode in (_definition.ResponseModes ?? []).Where(ClientResponseMode.OnRequestOnly.Contains))
            Fail(
                nameof(_definition.ResponseModes),
                $"'{mode}' leaves codes in the browser's history, which FAPI 2.0 does not want"
            );
    }

    private void CheckGrants(FrozenSet<string> grantTypes, string[] allowed, string whom)
    {
        foreach (
            var grantType in grantTypes.Where(grantType => !allowed.Contains(grantType)).Order(StringComparer.Ordinal)
        )
            Fail(nameof(_definition.GrantTypes), $"'{grantType}' is not for {whom}: {string.Join(", ", allowed)} are");
    }
}
