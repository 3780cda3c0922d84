using Microsoft.Extensions.DependencyInjection;

namespace Identity.Core.Privacy;

public static class PrivacyServices
{
    /// <summary>Adds the room Privacy. It has no settings. Needs Sessions and Mail.</summary>
    public static IServiceCollection AddPrivacy(this IServiceCollection services) =>
        services.AddSingleton<AccountEraser>().AddSingleton<AccountExporter>();
}
