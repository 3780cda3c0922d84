using Identity.Core.Primitives;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Identity.Core.Places;

public static class PlacesServices
{
    /// <summary>Adds the room Places. Its settings are <c>Identity:Places</c>.</summary>
    public static IServiceCollection AddPlaces(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<PlaceOptions>().Bind(configuration.GetSection(PlaceOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<PlaceOptions>, PlaceOptionsValidator>();
        services.AddSingleton<PlaceFinder>();
        services.AddSingleton<IServiceWarning, PlaceWarning>();
        services.AddHostedService<PlaceWatcher>();
        return services;
    }
}
