using Microsoft.AspNetCore.Authentication;

namespace Identity.Server.Browser;

internal static class BrowserRegistration
{
    /// <summary>Adds the session scheme. No scheme is a default one.</summary>
    public static IServiceCollection AddBrowser(this IServiceCollection services)
    {
        services.AddAuthentication().AddScheme<AuthenticationSchemeOptions, SessionAuthenticationHandler>(BrowserSession.Scheme, null);
        services.AddAuthorization();
        return services;
    }
}
