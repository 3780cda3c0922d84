using System.Collections.Frozen;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Identity.Core.Clients;

// Checks the settings for further protocols, each fault by its key.
internal sealed partial class ClientReader
{
    internal static readonly string[] AssertionAlgorithms = ["ES256", "ES384", "PS256", "RS256"];
    private static readonly string[] FapiAlgorithms = ["ES256", "PS256"];
    internal static readonly string[] EncryptionAlgorithms = ["RSA-OAEP-256", "ECDH-ES"];
    internal static readonly string[] EncryptionContents = ["A128CBC-HS256", "A128GCM", "A256GCM"];

    private ClientProtocols Protocols(
        IReadOnlyList<string> authMethods,
        FrozenSet<string> grantTypes,
        IReadOnlyList<string> redirectUris
    )
    {
        if (_definition.BackchannelTokenDeliveryMode is { } mode && mode != "poll")
            Fail(nameof(_definition.BackchannelTokenDeliveryMode), $"'{mode}' is not poll, the only mode there is");
        if (grantTypes.Contains(ClientGrantType.Ciba) && authMethods.Contains(ClientAuthMethod.None))
            Fail(nameof(_definition.GrantTypes), "a public client cannot use CIBA");
        CheckSector(redirectUris);
        return new ClientProtocols
        {
            TokenEndpointAuthSigningAlg = Algorithm(
                _definition.TokenEndpointAuthSigningAlg,
                AssertionAlgorithms,
                nameof(_definition.TokenEndpointAuthSigningAlg)
            ),
            RequestObjectSigningAlg = Algorithm(
                _definition.RequestObjectSigningAlg,
                AssertionAlgorithms,
                nameof(_definition.RequestObjectSigningAlg)
            ),
            UserinfoSignedResponseAlg = Algorithm(
                _definition.UserinfoSignedResponseAlg,
                Keys.SigningAlgorithm.Supported,
                nameof(_definition.UserinfoSignedResponseAlg)
            ),
            IntrospectionSignedResponseAlg =
                Algorithm(
                    _definition.IntrospectionSignedResponseAlg,
                    Keys.SigningAlgorithm.Supported,
                    nameof(_definition.IntrospectionSignedResponseAlg)
                ) ?? _defaults.IdTokenAlgorithm,
            AuthorizationSignedResponseAlg =
                Algorithm(
                    _definition.AuthorizationSignedResponseAlg,
                    Keys.SigningAlgorithm.Supported,
                    nameof(_definition.AuthorizationSignedResponseAlg)
                ) ?? _defaults.IdTokenAlgorithm,
            IdTokenEncryptedResponseAlg = EncryptionAlgorithm(),
            IdTokenEncryptedResponseEnc = EncryptionContent(),
            TlsClientName = TlsName(authMethods),
            AuthorizationDetailsTypes = Set(
                _definition.AuthorizationDetailsTypes,
                [],
                nameof(_definition.AuthorizationDetailsTypes),
                null
            ),
            AllowedResources = AllowedResources(),
            TokenExchange = TokenExchange(grantTypes),
        };
    }

    // FAPI 2.0 security profile 5.4: PS256 or ES256 wherever the client chooses the algorithm.
    private string? Algorithm(string? given, IReadOnlyList<string> known, string name)
    {
        if (given is not null && !known.Contains(given))
            Fail(name, $"'{given}' is not one of {string.Join(", ", known)}");
        else if (given is not null && _definition.Profile == ClientProfile.Fapi2 && !FapiAlgorithms.Contains(given))
            Fail(name, $"'{given}' is not allowed by FAPI 2.0, which asks for ES256 or PS256");
        return given;
    }

    private string? EncryptionAlgorithm()
    {
        if (_definition.IdTokenEncryptedResponseAlg is not { } algorithm)
            return null;
        if (!EncryptionAlgorithms.Contains(algorithm))
            Fail(
                nameof(_definition.IdTokenEncryptedResponseAlg),
                $"'{algorithm}' is not one of {string.Join(", ", EncryptionAlgorithms)}"
            );
        if (_definition.Jwks is null && _definition.JwksUri is null)
            Fail(
                nameof(_definition.Jwks),
                $"or {nameof(_definition.JwksUri)} must hold the key to which ID tokens are encrypted"
            );
        return algorithm;
    }

    private string? EncryptionContent()
    {
        var content = _definition.IdTokenEncryptedResponseEnc;
        if (content is not null && _definition.IdTokenEncryptedResponseAlg is null)
            Fail(
                nameof(_definition.IdTokenEncryptedResponseEnc),
                $"says how to encrypt, but {nameof(_definition.IdTokenEncryptedResponseAlg)} is missing"
            );
        if (content is not null && !EncryptionContents.Contains(content))
            Fail(
                nameof(_definition.IdTokenEncryptedResponseEnc),
                $"'{content}' is not one of {string.Join(", ", EncryptionContents)}"
            );
        return _definition.IdTokenEncryptedResponseAlg is null ? null : content ?? "A128CBC-HS256";
    }

    private TlsClientName? TlsName(IReadOnlyList<string> authMethods)
    {
        string[] given =
        [
            .. new[]
            {
                _definition.TlsClientAuthSubjectDn,
                _definition.TlsClientAuthSanDns,
                _definition.TlsClientAuthSanUri,
                _definition.TlsClientAuthSanIp,
                _definition.TlsClientAuthSanEmail,
            }.OfType<string>(),
        ];
        var needed = authMethods.Contains(ClientAuthMethod.TlsClientAuth);
        if (needed && given.Length != 1)
            Fail(
                nameof(_definition.TlsClientAuthSubjectDn),
                "or exactly one TlsClientAuthSan... must say whom the certificate names (RFC 8705 section 2.1.2)"
            );
        if (!needed && given.Length > 0)
            Fail(nameof(_definition.TlsClientAuthSubjectDn), "and TlsClientAuthSan... are for tls_client_auth only");
        if (!needed || given.Length != 1)
            return null;

        if (_definition.TlsClientAuthSubjectDn is { } name && !IsDistinguishedName(name))
            Fail(
                nameof(_definition.TlsClientAuthSubjectDn),
                $"'{name}' is not a distinguished name such as CN=client,O=Example"
            );
        Uri? uri = null;
        if (_definition.TlsClientAuthSanUri is { } text && !IsAbsolute(text, out uri))
            Fail(nameof(_definition.TlsClientAuthSanUri), $"'{text}' is not an absolute URI");
        IPAddress? address = null;
        if (_definition.TlsClientAuthSanIp is { } ip && !IPAddress.TryParse(ip, out address))
            Fail(nameof(_definition.TlsClientAuthSanIp), $"'{ip}' is not an IP address");
        return new(
            _definition.TlsClientAuthSubjectDn,
            _definition.TlsClientAuthSanDns,
            uri,
            address,
            _definition.TlsClientAuthSanEmail
        );
    }

    private static bool IsDistinguishedName(string text)
    {
        try
        {
            return new X500DistinguishedName(text).RawData.Length > 2;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    // On Unix, a path such as /api would parse as a file URI.
    private static bool IsAbsolute(string text, out Uri? uri) =>
        Uri.TryCreate(text, UriKind.Absolute, out uri)
        && text.StartsWith(uri.Scheme + ":", StringComparison.OrdinalIgnoreCase);

    // RFC 8707 section 2: an absolute URI without fragment.
    private FrozenSet<string> AllowedResources()
    {
        foreach (var resource in _definition.AllowedResources ?? [])
        {
            if (!IsAbsolute(resource, out _) || resource.Contains('#', StringComparison.Ordinal))
                Fail(nameof(_definition.AllowedResources), $"'{resource}' is not an absolute URI without fragment");
        }
        return Set(_definition.AllowedResources, [], nameof(_definition.AllowedResources), null);
    }

    private TokenExchangePolicy? TokenExchange(FrozenSet<string> grantTypes)
    {
        var allowed = grantTypes.Contains(ClientGrantType.TokenExchange);
        if (allowed != _definition.TokenExchange is not null)
            Fail(
                nameof(_definition.TokenExchange),
                "and the grant type token-exchange go together: give both or neither"
            );
        if (_definition.TokenExchange is not { } exchange)
            return null;
        if (exchange.SubjectClients is not { Count: > 0 } && exchange.PersonalTokens != true)
            Fail(
                $"{nameof(_definition.TokenExchange)}:{nameof(exchange.SubjectClients)}",
                "is empty: name the clients whose tokens may be exchanged"
            );
        if (exchange.Audiences is not { Count: > 0 })
            Fail(
                $"{nameof(_definition.TokenExchange)}:{nameof(exchange.Audiences)}",
                "is empty: name the audiences that may be asked for"
            );
        return new(
            (exchange.SubjectClients ?? []).ToFrozenSet(StringComparer.Ordinal),
            (exchange.Audiences ?? []).ToFrozenSet(StringComparer.Ordinal),
            (exchange.Scopes ?? []).ToFrozenSet(StringComparer.Ordinal),
            exchange.AllowImpersonation ?? false,
            exchange.PersonalTokens ?? false
        );
    }

    // OIDC Core section 8.1: without a sector identifier, all redirect URIs must have the same host.
    private void CheckSector(IReadOnlyList<string> redirectUris)
    {
        if (_definition.SubjectType != "pairwise" || _definition.SectorIdentifierUri is not null)
            return;
        var hosts = redirectUris
            .Select(static text => Uri.TryCreate(text, UriKind.Absolute, out var uri) ? uri.Host : text)
            .Distinct(StringComparer.OrdinalIgnoreCase)
            .Count();
        if (hosts > 1)
            Fail(
                nameof(_definition.SectorIdentifierUri),
                "is missing, and a pairwise client has redirect URIs of several hosts"
            );
    }
}
