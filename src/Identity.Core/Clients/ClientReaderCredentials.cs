using System.Collections.Frozen;

namespace Identity.Core.Clients;

// How a client proves who it is: its method, its secrets and its keys.
internal sealed partial class ClientReader
{
    private static readonly string[] KnownAuthMethods =
    [
        ClientAuthMethod.None,
        ClientAuthMethod.SecretBasic,
        ClientAuthMethod.SecretPost,
        ClientAuthMethod.PrivateKeyJwt,
        ClientAuthMethod.TlsClientAuth,
        ClientAuthMethod.SelfSignedTlsClientAuth,
    ];

    private IReadOnlyList<string> AuthMethods()
    {
        if (_definition.TokenEndpointAuthMethod is not { } method)
            return _defaults.AuthMethods;
        if (!KnownAuthMethods.Contains(method))
            Fail(
                nameof(_definition.TokenEndpointAuthMethod),
                $"'{method}' is not one of {string.Join(", ", KnownAuthMethods)}"
            );
        return [method];
    }

    private List<ClientSecret> Secrets(IReadOnlyList<string> authMethods, FrozenSet<string> grantTypes)
    {
        List<ClientSecret> secrets = [];
        if (_definition.Secret is { } secret)
        {
            if (secret.Length < ClientSecrets.MinCharacters)
                Fail(
                    nameof(_definition.Secret),
                    $"is shorter than {ClientSecrets.MinCharacters} characters; let a machine make it: "
                        + "identity clients rotate-secret"
                );
            secrets.Add(new ClientSecret(ClientSecrets.Digest(secret), null, null));
        }
        foreach (var (stored, index) in (_definition.Secrets ?? []).Select((stored, index) => (stored, index)))
        {
            if (SecretDigest.TryRead(stored.Sha256, out var digest))
                secrets.Add(new ClientSecret(digest, stored.Description, stored.ExpiresAt));
            else
                Fail(
                    $"{nameof(_definition.Secrets)}:{index}:{nameof(stored.Sha256)}",
                    "must be a SHA-256 in hex, base64 or base64url; to make one: identity clients hash-secret"
                );
        }

        var usesSecret =
            authMethods.Contains(ClientAuthMethod.SecretBasic) || authMethods.Contains(ClientAuthMethod.SecretPost);
        if (usesSecret && secrets.Count == 0)
            Fail(
                nameof(_definition.Secrets),
                $"is empty, but a client of profile {_definition.Profile} authenticates by a secret"
            );
        if (!usesSecret && secrets.Count > 0)
            Fail(nameof(_definition.Secrets), "has a secret that the client's authentication method never uses");
        if (authMethods.Contains(ClientAuthMethod.None) && grantTypes.Contains("client_credentials"))
            Fail(nameof(_definition.GrantTypes), "a public client cannot use client_credentials");
        return secrets;
    }

    private string? Jwks(IReadOnlyList<string> authMethods)
    {
        var needsKeys =
            authMethods.Contains(ClientAuthMethod.PrivateKeyJwt)
            || authMethods.Contains(ClientAuthMethod.SelfSignedTlsClientAuth);
        if (needsKeys && _definition.Jwks is null && _definition.JwksUri is null)
            Fail(
                nameof(_definition.Jwks),
                $"or {nameof(_definition.JwksUri)} must hold the client's public keys, for it authenticates by them"
            );
        if (_definition.Jwks is { } jwks && KeySet.Problem(jwks) is { } problem)
            Fail(nameof(_definition.Jwks), problem);
        return _definition.Jwks;
    }

    // RFC 9700 section 2.1.1: a confidential OpenID Connect client may rely on nonce. A public client may not: anyone
    // who steals its code could redeem it.
    private bool AllowNonceInsteadOfPkce(IReadOnlyList<string> authMethods)
    {
        var allowed = _definition.AllowNonceInsteadOfPkce == true;
        if (allowed && (_definition.Profile != ClientProfile.Web || authMethods.Contains(ClientAuthMethod.None)))
            Fail(nameof(_definition.AllowNonceInsteadOfPkce), "is for a confidential client of profile Web only");
        return allowed;
    }
}
