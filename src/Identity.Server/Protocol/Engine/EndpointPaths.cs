namespace Identity.Server.Protocol.Engine;

/// <summary>The paths of the endpoints, relative to the issuer.</summary>
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

    /// <summary>The same document for OAuth clients without OpenID Connect (RFC 8414 section 3). The issuer has no path
    /// here, so no suffix follows.</summary>
    public const string AuthorizationServer = "/.well-known/oauth-authorization-server";
    public const string JsonWebKeySet = "/.well-known/jwks.json";

    /// <summary>The prefix of every endpoint with parameters.</summary>
    public const string Prefix = "/connect";

    /// <summary>The pages that the protocol sends a person to. Pages and Protocol are coupled only by these
    /// paths.</summary>
    public const string SignInPage = "/sign-in";
    public const string SignUpPage = "/register";
    public const string ChooseAccountPage = "/choose-account";
    public const string ConfirmIdentityPage = "/confirm-identity";
    public const string ConsentPage = "/consent";
    public const string SignOutPage = "/sign-out";
    public const string SignedOutPage = "/signed-out";
    public const string DevicePage = "/device";
}
