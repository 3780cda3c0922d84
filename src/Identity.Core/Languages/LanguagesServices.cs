using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Identity.Core.Languages;

public static class LanguagesServices
{
    private const int MaxLogged = 20;

    /// <summary>Adds the room Languages. Its settings are <c>Identity:Texts</c>.</summary>
    public static IServiceCollection AddLanguages(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<TextOptions>().Bind(configuration.GetSection(TextOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<TextOptions>, TextOptionsValidator>();
        services.AddSingleton(static provider =>
        {
            var catalog = TextCatalog.Load(provider.GetRequiredService<IOptions<TextOptions>>().Value);
            var logger = provider.GetRequiredService<ILogger<TextCatalog>>();
            foreach (var fault in catalog.Faults.Take(MaxLogged))
                Log.Faulty(logger, fault.Place, fault.Problem);
            if (catalog.Faults.Count > MaxLogged)
                Log.MoreFaults(logger, catalog.Faults.Count - MaxLogged);
            return catalog;
        });
        services.AddSingleton(static provider => provider.GetRequiredService<TextCatalog>().Languages);
        return services;
    }
}
