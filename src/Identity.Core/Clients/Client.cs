namespace Identity.Core.Clients;

// Clients owns who may ask for tokens and for what: clients, their secrets, the API scopes, and one immutable catalog
// of them in memory, built from configuration and database and rebuilt when either changes. Judging a request is
// Protocol's task.

/// <summary>What kind of program a client is. It sets the defaults and the requirements.</summary>
public enum ClientProfile
{
    /// <summary>A server that renders pages: confidential, authorization code.</summary>
    Web,

    /// <summary>A single-page app in the browser: public.</summary>
    Spa,

    /// <summary>An installed app (RFC 8252): public; its loopback redirect may take any port.</summary>
    Native,

    /// <summary>A service without a person: confidential, client credentials.</summary>
    Service,

    /// <summary>A web client under the FAPI 2.0 security profile: key authentication, pushed requests, bound
    /// tokens.</summary>
    Fapi2,
}

/// <summary>The format of the client's access tokens.</summary>
public enum AccessTokenFormat
{
    /// <summary>A signed JWT (RFC 9068) that an API verifies by itself.</summary>
    Jwt,

    /// <summary>An opaque reference that an API introspects.</summary>
    Reference,
}

/// <summary>What ends when a refresh token is replayed after its successor was used, which means that somebody has a
/// copy.</summary>
public enum RefreshTokenReuse
{
    /// <summary>The family: everything that this client received from this sign-in. The browser stays signed
    /// in.</summary>
    Family,

    /// <summary>The browser's session too, and with it the families of all clients: for an app whose tokens and
    /// session cookie can only be stolen together.</summary>
    Session,
}

/// <summary>A registered client, complete and valid. Immutable: a change creates a new instance.</summary>
public sealed record Client
{
    public required string Id { get; init; }
    public required string Name { get; init; }
    public required ClientProfile Profile { get; init; }
    public Uri? LogoUri { get; init; }
    public Uri? ClientUri { get; init; }
    public Uri? PolicyUri { get; init; }
    public Uri? TosUri { get; init; }

    /// <summary>The name of its look in the settings; null for that of the installation.</summary>
    public string? Theme { get; init; }

    public required IReadOnlyList<ClientSecret> Secrets { get; init; }

    /// <summary>The methods by which the client may authenticate (RFC 7591 section 2); <c>none</c> alone makes it
    /// public.</summary>
    public required IReadOnlyList<string> AuthMethods { get; init; }
    public string? Jwks { get; init; }
    public Uri? JwksUri { get; init; }

    public required IReadOnlyList<string> RedirectUris { get; init; }
    public required IReadOnlyList<string> PostLogoutRedirectUris { get; init; }
    public required IReadOnlySet<string> GrantTypes { get; init; }
    public required IReadOnlySet<string> Scopes { get; init; }
    public required IReadOnlySet<string> ResponseModes { get; init; }

    /// <summary>Origins from which a browser may call the token and userinfo endpoints: those of the redirect URIs and
    /// those configured in addition (WB-7).</summary>
    public required IReadOnlySet<string> CorsOrigins { get; init; }
    public required IReadOnlySet<string> Resources { get; init; }

    public required AccessTokenFormat AccessTokenFormat { get; init; }
    public required TimeSpan AccessTokenLifetime { get; init; }
    public required TimeSpan IdTokenLifetime { get; init; }
    public required TimeSpan AuthorizationCodeLifetime { get; init; }
    public required TimeSpan RefreshTokenIdleLifetime { get; init; }
    public required TimeSpan RefreshTokenAbsoluteLifetime { get; init; }

    /// <summary>Whether offline access continues when the person signs out in the browser; otherwise it ends with the
    /// session in which it began (docs/decisions/0007).</summary>
    public bool OfflineAccessOutlivesSession { get; init; }

    /// <summary>How long a rotated refresh token returns its unused successor again; null for the provider's
    /// setting.</summary>
    public TimeSpan? RefreshTokenGrace { get; init; }
    public RefreshTokenReuse RefreshTokenReuseEnds { get; init; }
    public TimeSpan DeviceCodeLifetime { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Whether ID tokens, and not only userinfo, carry the claims of the scopes (OIDC Core section
    /// 5.4).</summary>
    public bool UserClaimsInIdToken { get; init; }

    /// <summary>Whether <c>nonce</c> may stand in for a code challenge (RFC 9700 section 2.1.1).</summary>
    public bool AllowNonceInsteadOfPkce { get; init; }

    /// <summary>Whether <c>http://localhost</c> takes any port, as the loopback literals do.</summary>
    public bool AllowAnyLocalhostPort { get; init; }
    public required string IdTokenSignedResponseAlg { get; init; }

    public required bool RequireConsent { get; init; }
    public required bool RequirePushedAuthorizationRequests { get; init; }
    public required bool RequireSignedRequestObject { get; init; }
    public required bool DpopBoundAccessTokens { get; init; }
    public required bool TlsClientCertificateBoundAccessTokens { get; init; }
    public TimeSpan? DefaultMaxAge { get; init; }
    public required IReadOnlyList<string> DefaultAcrValues { get; init; }
    public required string SubjectType { get; init; }
    public Uri? SectorIdentifierUri { get; init; }

    public Uri? BackchannelLogoutUri { get; init; }
    public bool BackchannelLogoutSessionRequired { get; init; }
    public Uri? FrontchannelLogoutUri { get; init; }
    public bool FrontchannelLogoutSessionRequired { get; init; }

    /// <summary>The client's settings for further protocols.</summary>
    public ClientProtocols Protocols { get; init; } = ClientProtocols.None;

    /// <summary>How it came into the database; null for a client of the configuration.</summary>
    public ClientSource? StoredBy { get; init; }

    /// <summary>Whether the client registered itself (RFC 7591): no operator has reviewed it or its
    /// addresses.</summary>
    public bool IsSelfRegistered { get; init; }

    /// <summary>Whether the client is known by its metadata document alone: its id is the document's URL, and the
    /// document may change at any time.</summary>
    public bool IsFromDocument { get; init; }

    /// <summary>The host that vouches for a client with a metadata document; null for a registered client.</summary>
    public string? DocumentHost => IsFromDocument ? new Uri(Id).Authority : null;

    /// <summary>True if the client can keep a secret and must authenticate at every endpoint (OA-7).</summary>
    public bool IsConfidential => !AuthMethods.Contains(ClientAuthMethod.None);

    /// <summary> Whether another program on the person's device could receive an answer at this address and pose as the
    /// client: a public client's loopback or private-scheme address (RFC 8252 section 8.6). A person must then see each
    /// request. A loopback address of a single-page app is a developer's machine, if an operator registered it: there
    /// the app renews without a page, as it will in production.
    /// </summary>
    public bool CanBeImpersonatedAt(string redirectUri) =>
        !IsConfidential && !RedirectUri.IsHttps(redirectUri) && (Profile != ClientProfile.Spa || IsSelfRegistered);

    /// <summary>Whether this is one of the client's redirect URIs. The comparison is exact except for the port of a
    /// native client's loopback address (OA-1, RFC 8252 section 7.3).</summary>
    public bool AllowsRedirectUri(string redirectUri) => RedirectUri.Matches(this, RedirectUris, redirectUri);

    /// <summary>Whether a person may be redirected there after signing out. The rule is that of redirect
    /// URIs.</summary>
    public bool AllowsPostLogoutRedirectUri(string redirectUri) =>
        RedirectUri.Matches(this, PostLogoutRedirectUris, redirectUri);
}

/// <summary>One secret of a client: its digest, never the secret.</summary>
public sealed record ClientSecret(byte[] Sha256, string? Description, DateTimeOffset? ExpiresAt)
{
    /// <summary>Redacted.</summary>
    public override string ToString() => $"ClientSecret {Description}";
}

/// <summary>The values of <c>token_endpoint_auth_method</c> (RFC 7591 section 2, RFC 8705).</summary>
public static class ClientAuthMethod
{
    public const string None = "none";
    public const string SecretBasic = "client_secret_basic";
    public const string SecretPost = "client_secret_post";
    public const string PrivateKeyJwt = "private_key_jwt";
    public const string TlsClientAuth = "tls_client_auth";
    public const string SelfSignedTlsClientAuth = "self_signed_tls_client_auth";
}
