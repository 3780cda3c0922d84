using Microsoft.AspNetCore.Authentication;

namespace Identity.Server.Browser;

internal static class BrowserServices
{
    /// <summary>Adds the session scheme. No scheme is a default one.</summary>
    public static IServiceCollection AddBrowser(this IServiceCollection services)
    {
        // A scheme that is alone would become the default, and every request would pay for its session.
        AppContext.SetSwitch("Microsoft.AspNetCore.Authentication.SuppressAutoDefaultScheme", true);
        services
            .AddAuthentication()
            .AddScheme<AuthenticationSchemeOptions, SessionAuthenticationHandler>(BrowserSession.Scheme, null);
        services.AddAuthorization();
        services.AddSingleton<StateCookie>();
        return services;
    }
}
