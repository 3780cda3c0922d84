using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Identity.Core.Risk;

public static class RiskServices
{
    /// <summary>Adds the room Risk. Its settings are <c>Identity:Risk</c>. Needs Places, Sessions and Mail.</summary>
    public static IServiceCollection AddRisk(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<RiskOptions>().Bind(configuration.GetSection(RiskOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<RiskOptions>, RiskOptionsValidator>();
        services.AddSingleton<RiskJudge>();
        return services;
    }
}
