namespace Identity.Server.Protocol.Engine;

/// <summary>Where the endpoints are, relative to the issuer.</summary>
internal static class EndpointPaths
{
    public const string Authorize = "/connect/authorize";
    public const string PushedAuthorization = "/connect/par";
    public const string Token = "/connect/token";
    public const string UserInfo = "/connect/userinfo";
    public const string Introspection = "/connect/introspect";
    public const string Revocation = "/connect/revoke";
    public const string EndSession = "/connect/end-session";
    public const string DeviceAuthorization = "/connect/device";
    public const string BackchannelAuthentication = "/connect/bc-authorize";
    public const string Registration = "/connect/register";
    public const string CheckSession = "/connect/check-session";
    public const string Configuration = "/.well-known/openid-configuration";

    /// <summary>The same document where OAuth clients without OpenID Connect look (RFC 8414 section 3). An issuer has
    /// no path here, so none follows it.</summary>
    public const string AuthorizationServer = "/.well-known/oauth-authorization-server";
    public const string JsonWebKeySet = "/.well-known/jwks.json";

    /// <summary>Everything that takes parameters is under here.</summary>
    public const string Prefix = "/connect";

    /// <summary>The pages that the protocol sends a person to. Pages and Protocol know each other by these paths
    /// only.</summary>
    public const string SignInPage = "/sign-in";
    public const string ChooseAccountPage = "/choose-account";
    public const string ConfirmIdentityPage = "/confirm-identity";
    public const string ConsentPage = "/consent";
    public const string SignOutPage = "/sign-out";
    public const string SignedOutPage = "/signed-out";
    public const string DevicePage = "/device";
}
