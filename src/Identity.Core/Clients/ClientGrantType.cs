namespace Identity.Core.Clients;

/// <summary>The grant types that a client may register, with their values of <c>grant_type</c>.</summary>
public static class ClientGrantType
{
    /// <summary>RFC 6749 section 4.1.</summary>
    public const string AuthorizationCode = "authorization_code";

    /// <summary>RFC 6749 section 6.</summary>
    public const string RefreshToken = "refresh_token";

    /// <summary>RFC 6749 section 4.4.</summary>
    public const string ClientCredentials = "client_credentials";

    /// <summary>RFC 8628 section 3.4.</summary>
    public const string DeviceCode = "urn:ietf:params:oauth:grant-type:device_code";

    /// <summary>RFC 8693 section 2.1.</summary>
    public const string TokenExchange = "urn:ietf:params:oauth:grant-type:token-exchange";

    /// <summary>CIBA Core 1.0 section 4.</summary>
    public const string Ciba = "urn:openid:params:grant-type:ciba";

    /// <summary>All grant types; a client with any other is refused at the start.</summary>
    internal static readonly string[] All =
    [
        AuthorizationCode,
        RefreshToken,
        ClientCredentials,
        DeviceCode,
        TokenExchange,
        Ciba,
    ];
}
