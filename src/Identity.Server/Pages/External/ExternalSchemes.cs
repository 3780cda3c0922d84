using Identity.Server.Browser;
using Identity.Server.Pages.External.Providers;
using Identity.Server.Presentation;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OAuth;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace Identity.Server.Pages.External;

/// <summary>The settings of ASP.NET Core's two handlers for a provider.</summary>
internal static class ExternalSchemes
{
    /// <summary>Long enough to sign in at the other provider with a second factor.</summary>
    private static readonly TimeSpan MaxAbsence = TimeSpan.FromMinutes(15);

    /// <summary>The settings for a provider with OpenID Connect.</summary>
    public static void Configure(
        OpenIdConnectOptions options,
        string name,
        ExternalProviderOptions settings,
        ExternalBackchannel backchannel
    )
    {
        var traits = settings.Traits;
        ConfigureRemote(options, name, backchannel);
        options.Authority = settings.Issuer;
        options.RequireHttpsMetadata = new Uri(settings.Issuer).Scheme == Uri.UriSchemeHttps;
        options.ClientId = settings.ClientId;
        options.ClientSecret = settings.ClientSecret;
        options.ResponseType = OpenIdConnectResponseType.Code;
        // The answer arrives by a top-level navigation, which sends Lax cookies; PKCE and nonce bind the code and the
        // token to this request. Apple demands a POST when it is asked for a name or an address.
        options.ResponseMode =
            settings.Type == ExternalProviderType.Apple
                ? OpenIdConnectResponseMode.FormPost
                : OpenIdConnectResponseMode.Query;
        options.UsePkce = traits.HasNonceAndPkce;
        options.ProtocolValidator.RequireNonce = traits.HasNonceAndPkce;
        // Sign-out is not federated in either direction, so the handler's two sign-out paths are unreachable.
        options.RemoteSignOutPath = PathString.Empty;
        options.SignedOutCallbackPath = PathString.Empty;
        options.Scope.Clear();
        options.Scope.Add("openid");
        foreach (var scope in ScopesOf(settings))
            options.Scope.Add(scope);
        options.MapInboundClaims = false;
        options.GetClaimsFromUserInfoEndpoint = traits.ReadsUserInfo;
        options.ClaimActions.Clear();
        options.DisableTelemetry = true;
        options.NonceCookie = new HostCookieBuilder("__Host-external-nonce.")
        {
            SameSite = SameSiteMode.Lax,
            Expiration = MaxAbsence,
        };
        if (settings.Type == ExternalProviderType.Google)
            options.TokenValidationParameters.ValidIssuers = [settings.Issuer, new Uri(settings.Issuer).Host];
        if (settings.Type == ExternalProviderType.Microsoft)
            EntraTokens.Require(options.TokenValidationParameters, settings.Tenant);
        options.EventsType = typeof(ExternalOpenIdConnectEvents);
    }

    /// <summary>The settings for a provider with OAuth 2.0 alone.</summary>
    public static void Configure(
        OAuthOptions options,
        string name,
        ExternalProviderOptions settings,
        ExternalBackchannel backchannel
    )
    {
        var endpoints = OAuthEndpoints.Of(settings);
        ConfigureRemote(options, name, backchannel);
        options.AuthorizationEndpoint = endpoints.Authorization;
        options.TokenEndpoint = endpoints.Token;
        options.ClientId = settings.ClientId!;
        options.ClientSecret = settings.ClientSecret!;
        options.UsePkce = settings.Traits.HasNonceAndPkce;
        options.Scope.Clear();
        foreach (var scope in ScopesOf(settings))
            options.Scope.Add(scope);
        options.EventsType = typeof(ExternalOAuthEvents);
    }

    private static void ConfigureRemote(
        RemoteAuthenticationOptions options,
        string name,
        ExternalBackchannel backchannel
    )
    {
        // A separate path for each, so that one provider's answer is never taken for another's (RFC 9700 section 4.4).
        options.CallbackPath = "/external/callback/" + name;
        options.SaveTokens = false;
        options.RemoteAuthenticationTimeout = MaxAbsence;
        options.Backchannel = backchannel.Client;
        options.CorrelationCookie = new HostCookieBuilder("__Host-external-journey.")
        {
            SameSite = SameSiteMode.Lax,
            Expiration = MaxAbsence,
        };
        // The events handle the answer before the handler would sign anybody in.
        options.SignInScheme = BrowserSession.Scheme;
    }

    private static IEnumerable<string> ScopesOf(ExternalProviderOptions settings) =>
        settings.Scopes.Count > 0 ? settings.Scopes : settings.Traits.Scopes;
}
