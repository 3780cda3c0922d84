using Identity.Server.Browser;
using Identity.Server.Pages.Shared;
using Identity.Server.Presentation;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.Extensions.Options;

namespace Identity.Server.Pages.External;

internal static class ExternalPages
{
    /// <summary>Long enough to sign in at the other provider with a second factor.</summary>
    private static readonly TimeSpan MaxAbsence = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan MaxCallTime = TimeSpan.FromSeconds(10);

    /// <summary>Adds ASP.NET Core's OpenIdConnect handler once for each configured provider.</summary>
    public static void AddExternalPages(this IServiceCollection services, IConfiguration configuration)
    {
        string[] names =
        [
            .. configuration
                .GetSection(ExternalProviderOptions.Root)
                .GetChildren()
                .Select(static provider => provider.Key),
        ];
        services.AddSingleton<IValidateOptions<ExternalProviderOptions>, ExternalProviderOptionsValidator>();
        services.AddSingleton(provider => new ExternalProviders(
            names.Select(name => new ExternalProvider(
                name,
                SchemeOf(name),
                provider.GetRequiredService<IOptionsMonitor<ExternalProviderOptions>>().Get(name).DisplayName
            ))
        ));
        services.AddSingleton<ExternalChallenge>();
        services.AddScoped<ExternalEvents>();
        foreach (var name in names)
        {
            services
                .AddOptions<ExternalProviderOptions>(name)
                .Bind(configuration.GetSection($"{ExternalProviderOptions.Root}:{name}"))
                .ValidateOnStart();
            services.AddAuthentication().AddOpenIdConnect(SchemeOf(name), static _ => { });
            services
                .AddOptions<OpenIdConnectOptions>(SchemeOf(name))
                .Configure<IOptionsMonitor<ExternalProviderOptions>>(
                    (options, all) => Configure(options, name, all.Get(name))
                );
        }
    }

    internal static string SchemeOf(string name) => "external-" + name;

    private static void Configure(OpenIdConnectOptions options, string name, ExternalProviderOptions settings)
    {
        var authority = new Uri(settings.Authority!);
        options.Authority = settings.Authority;
        options.RequireHttpsMetadata = authority.Scheme == Uri.UriSchemeHttps;
        options.ClientId = settings.ClientId;
        options.ClientSecret = settings.ClientSecret;
        options.ResponseType = "code";
        // The answer arrives by a top-level navigation, which sends Lax cookies; PKCE and nonce bind the code and the
        // token to this request.
        options.ResponseMode = "query";
        options.UsePkce = true;
        // A separate path for each, so that one provider's answer is never taken for another's (RFC 9700 section 4.4).
        options.CallbackPath = "/external/callback/" + name;
        // Sign-out is not federated in either direction, so the handler's two sign-out paths are unreachable.
        options.RemoteSignOutPath = PathString.Empty;
        options.SignedOutCallbackPath = PathString.Empty;
        options.Scope.Clear();
        options.Scope.Add("openid");
        foreach (var scope in settings.Scopes.DefaultIfEmpty("email"))
            options.Scope.Add(scope);
        options.MapInboundClaims = false;
        options.GetClaimsFromUserInfoEndpoint = true;
        options.ClaimActions.Clear();
        options.ClaimActions.MapUniqueJsonKey("email", "email");
        options.ClaimActions.MapUniqueJsonKey("name", "name");
        options.SaveTokens = false;
        options.DisableTelemetry = true;
        options.RemoteAuthenticationTimeout = MaxAbsence;
        options.BackchannelTimeout = MaxCallTime;
        options.CorrelationCookie = new HostCookieBuilder("__Host-external-journey.")
        {
            SameSite = SameSiteMode.Lax,
            Expiration = MaxAbsence,
        };
        options.NonceCookie = new HostCookieBuilder("__Host-external-nonce.")
        {
            SameSite = SameSiteMode.Lax,
            Expiration = MaxAbsence,
        };
        // The events handle the answer before the handler would sign anybody in.
        options.SignInScheme = BrowserSession.Scheme;
        options.EventsType = typeof(ExternalEvents);
    }
}
