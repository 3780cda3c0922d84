using Microsoft.AspNetCore.Authentication;

namespace Identity.Server.Browser;

internal static class BrowserServices
{
    /// <summary>Adds the session scheme. There is no default scheme.</summary>
    public static IServiceCollection AddBrowser(this IServiceCollection services)
    {
        // A single scheme would become the default, and every request would read its session.
        AppContext.SetSwitch("Microsoft.AspNetCore.Authentication.SuppressAutoDefaultScheme", true);
        services
            .AddAuthentication()
            .AddScheme<AuthenticationSchemeOptions, SessionAuthenticationHandler>(BrowserSession.Scheme, null);
        services.AddAuthorization();
        services.AddSingleton<StateCookie>();
        services.AddSingleton<BrowserAccounts>();
        return services;
    }
}
