namespace Identity.Core.Clients;

// The settings of a definition for further protocols, named as in RFC 7591 and the RFC of each.
public sealed partial class ClientDefinition
{
    public string? TokenEndpointAuthSigningAlg { get; set; }
    public string? RequestObjectSigningAlg { get; set; }
    public string? UserinfoSignedResponseAlg { get; set; }
    public string? IntrospectionSignedResponseAlg { get; set; }
    public string? AuthorizationSignedResponseAlg { get; set; }
    public string? IdTokenEncryptedResponseAlg { get; set; }
    public string? IdTokenEncryptedResponseEnc { get; set; }

    public string? TlsClientAuthSubjectDn { get; set; }
    public string? TlsClientAuthSanDns { get; set; }
    public string? TlsClientAuthSanUri { get; set; }
    public string? TlsClientAuthSanIp { get; set; }
    public string? TlsClientAuthSanEmail { get; set; }

    public IList<string>? AuthorizationDetailsTypes { get; set; }
    public IList<string>? AllowedResources { get; set; }
    public TokenExchangeDefinition? TokenExchange { get; set; }

    /// <summary>CIBA (<c>backchannel_token_delivery_mode</c>): <c>poll</c> is the only supported mode.</summary>
    public string? BackchannelTokenDeliveryMode { get; set; }
}

/// <summary>The right to exchange tokens, as it is written. Whatever is omitted is not allowed.</summary>
public sealed class TokenExchangeDefinition
{
    public IList<string>? SubjectClients { get; set; }
    public IList<string>? Audiences { get; set; }
    public IList<string>? Scopes { get; set; }
    public bool? AllowImpersonation { get; set; }
    public bool? PersonalTokens { get; set; }
}
