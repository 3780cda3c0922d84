using System.Text.Json;
using System.Text.Json.Serialization;

namespace Identity.Core.Clients;

/// <summary> A client as an operator writes it: in section <c>Identity:Clients:&lt;client_id&gt;</c>, or as JSON in
/// <c>idp.clients</c> (the same names in snake case, those of RFC 7591 where it has one). Omitted values take the
/// default of the profile; <see cref="ClientReader"/> turns it into a <see cref="Client"/> or reports the faults.
/// </summary>
public sealed partial class ClientDefinition
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    public ClientProfile Profile { get; set; }

    /// <summary>The client id, only in the configuration and only if it has a colon: the configuration splits keys at
    /// colons, so the section then has some other key. Otherwise the key is the client id.</summary>
    public string? ClientId { get; set; }

    public string? Name { get; set; }
    public string? LogoUri { get; set; }
    public string? ClientUri { get; set; }
    public string? PolicyUri { get; set; }
    public string? TosUri { get; set; }

    /// <summary>The look of pages and mails that this client leads to: a name of section <c>Identity:Themes</c>. A
    /// client that registers itself cannot choose one.</summary>
    public string? Theme { get; set; }

    /// <summary>A machine-generated secret in clear, for configuration that comes from a secret store or the
    /// environment. Never stored in the database.</summary>
    public string? Secret { get; set; }

    /// <summary>Secrets by their SHA-256. There may be several, so that one can be replaced without an
    /// outage.</summary>
    public IList<ClientSecretDefinition>? Secrets { get; set; }

    public string? TokenEndpointAuthMethod { get; set; }
    public string? Jwks { get; set; }
    public string? JwksUri { get; set; }

    public IList<string>? RedirectUris { get; set; }
    public IList<string>? PostLogoutRedirectUris { get; set; }

    /// <summary>Private-use schemes of a native app's addresses that are not reversed domain names, such as
    /// <c>vscode</c> (RFC 8252 section 7.1 advises against them).</summary>
    public IList<string>? PrivateSchemes { get; set; }

    /// <summary>Whether <c>http://localhost</c> of a native app takes any port, as <c>127.0.0.1</c> and <c>[::1]</c>
    /// do. On by default.</summary>
    public bool? AllowAnyLocalhostPort { get; set; }
    public IList<string>? GrantTypes { get; set; }
    public IList<string>? Scopes { get; set; }
    public IList<string>? ResponseModes { get; set; }
    public IList<string>? CorsOrigins { get; set; }

    /// <summary>The audiences that this client represents: a resource server may introspect the tokens that are meant
    /// for it (OA-14).</summary>
    public IList<string>? Resources { get; set; }

    public AccessTokenFormat? AccessTokenFormat { get; set; }
    public TimeSpan? AccessTokenLifetime { get; set; }
    public TimeSpan? IdTokenLifetime { get; set; }
    public TimeSpan? AuthorizationCodeLifetime { get; set; }
    public TimeSpan? RefreshTokenIdleLifetime { get; set; }
    public TimeSpan? RefreshTokenAbsoluteLifetime { get; set; }
    public bool? OfflineAccessOutlivesSession { get; set; }

    /// <summary>How long a rotated refresh token returns its successor again while the successor is unused: 0 to 300
    /// seconds. Default: <c>Identity:Grants:RefreshGrace</c>.</summary>
    public TimeSpan? RefreshTokenGrace { get; set; }
    public RefreshTokenReuse? RefreshTokenReuseEnds { get; set; }
    public TimeSpan? DeviceCodeLifetime { get; set; }

    /// <summary>Whether ID tokens carry the claims of the scopes, for a client that never calls userinfo.</summary>
    public bool? UserClaimsInIdToken { get; set; }

    /// <summary>Whether an authorization request may have a <c>nonce</c> and no code challenge (RFC 9700 section
    /// 2.1.1): for a confidential client of profile Web that does not support PKCE.</summary>
    public bool? AllowNonceInsteadOfPkce { get; set; }
    public string? IdTokenSignedResponseAlg { get; set; }

    public bool? RequireConsent { get; set; }
    public bool? RequirePushedAuthorizationRequests { get; set; }
    public bool? RequireSignedRequestObject { get; set; }
    public bool? DpopBoundAccessTokens { get; set; }
    public bool? TlsClientCertificateBoundAccessTokens { get; set; }
    public long? DefaultMaxAge { get; set; }
    public IList<string>? DefaultAcrValues { get; set; }
    public string? SubjectType { get; set; }
    public string? SectorIdentifierUri { get; set; }

    public string? BackchannelLogoutUri { get; set; }
    public bool? BackchannelLogoutSessionRequired { get; set; }
    public string? FrontchannelLogoutUri { get; set; }
    public bool? FrontchannelLogoutSessionRequired { get; set; }

    public string ToJson() => JsonSerializer.Serialize(this, Json);

    /// <exception cref="JsonException">The text is not JSON or has an unknown member.</exception>
    public static ClientDefinition FromJson(string json) =>
        JsonSerializer.Deserialize<ClientDefinition>(json, Json) ?? throw new JsonException("null is not a client.");
}

/// <summary>A secret as it may be written: only its digest.</summary>
public sealed class ClientSecretDefinition
{
    /// <summary>SHA-256 of the secret's UTF-8 bytes, in hex, base64 or base64url.</summary>
    public string? Sha256 { get; set; }
    public string? Description { get; set; }
    public DateTimeOffset? ExpiresAt { get; set; }
}
