using System.Collections.Frozen;
using System.Net;

namespace Identity.Core.Clients;

/// <summary>A client's settings for protocols that most clients do not use. The defaults are safe: nothing is allowed
/// that was not set.</summary>
public sealed record ClientProtocols
{
    public static ClientProtocols None { get; } = new();

    /// <summary>The one algorithm of the client's assertions (RFC 7591 <c>token_endpoint_auth_signing_alg</c>); null
    /// for any that the provider takes.</summary>
    public string? TokenEndpointAuthSigningAlg { get; init; }

    /// <summary>The one algorithm of its request objects (RFC 9101); null for any that the provider takes. Never
    /// <c>none</c>.</summary>
    public string? RequestObjectSigningAlg { get; init; }

    /// <summary>Userinfo as a signed JWT (OIDC Core 5.3.2); null for JSON.</summary>
    public string? UserinfoSignedResponseAlg { get; init; }

    /// <summary>The algorithm of introspection answers as JWT (RFC 9701).</summary>
    public string IntrospectionSignedResponseAlg { get; init; } = Keys.SigningAlgorithm.RS256;

    /// <summary>The algorithm of authorization responses as JWT (JARM).</summary>
    public string AuthorizationSignedResponseAlg { get; init; } = Keys.SigningAlgorithm.RS256;

    /// <summary>ID tokens encrypted to the client (OIDC Core 10.2); both or neither.</summary>
    public string? IdTokenEncryptedResponseAlg { get; init; }
    public string? IdTokenEncryptedResponseEnc { get; init; }

    /// <summary>The name that a certificate must carry for <c>tls_client_auth</c> (RFC 8705 section 2.1.2); null for
    /// every other method.</summary>
    public TlsClientName? TlsClientName { get; init; }

    /// <summary>The types of <c>authorization_details</c> (RFC 9396 section 10) that the client may ask for.</summary>
    public IReadOnlySet<string> AuthorizationDetailsTypes { get; init; } = FrozenSet<string>.Empty;

    /// <summary>The resources (RFC 8707) that the client may name; those of its scopes need not be listed.</summary>
    public IReadOnlySet<string> AllowedResources { get; init; } = FrozenSet<string>.Empty;

    /// <summary>What the client may exchange (RFC 8693); null: nothing.</summary>
    public TokenExchangePolicy? TokenExchange { get; init; }
}

/// <summary>The one name that a client's certificate must carry: exactly one member is set (RFC 8705 section
/// 2.1.2).</summary>
public sealed record TlsClientName(
    string? SubjectDn = null,
    string? SanDns = null,
    Uri? SanUri = null,
    IPAddress? SanIp = null,
    string? SanEmail = null
);

/// <summary>A client's right to exchange tokens (RFC 8693).</summary>
/// <param name="SubjectClients">The clients whose tokens it may present; its own are among them only when
/// named.</param>
/// <param name="Audiences">The audiences for which it may ask.</param>
/// <param name="Scopes">The scopes that may be passed on, if the subject token has them.</param>
/// <param name="AllowImpersonation">Whether it may act as the person without naming itself; otherwise it must delegate,
/// with <c>act</c>.</param>
/// <param name="PersonalTokens">Whether it may present the personal access tokens of people.</param>
public sealed record TokenExchangePolicy(
    IReadOnlySet<string> SubjectClients,
    IReadOnlySet<string> Audiences,
    IReadOnlySet<string> Scopes,
    bool AllowImpersonation,
    bool PersonalTokens = false
);
