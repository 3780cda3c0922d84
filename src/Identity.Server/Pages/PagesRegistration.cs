namespace Identity.Server.Pages;

// Pages owns what people see: one page and its model side by side. It knows no protocol: an authorization request is a return URL, read through
// IAuthorizationInteraction.

internal static class PagesRegistration
{
    /// <summary>Adds the Razor pages, their texts and antiforgery.</summary>
    public static IServiceCollection AddHostedPages(this IServiceCollection services, IConfiguration configuration) => services;

    /// <summary>Maps them.</summary>
    public static void MapHostedPages(this WebApplication app)
    {
    }
}
