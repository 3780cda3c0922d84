using Identity.Core.PersonalData;
using Microsoft.Extensions.DependencyInjection;

namespace Identity.Core.External;

public static class ExternalServices
{
    /// <summary>Adds the room External. Pages configures the providers.</summary>
    public static IServiceCollection AddExternalLogins(this IServiceCollection services) =>
        services.AddSingleton<ExternalLoginStore>().AddPersonalData(ExternalPersonalData.Statements);
}
