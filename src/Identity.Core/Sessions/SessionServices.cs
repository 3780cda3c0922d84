using Identity.Core.PersonalData;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Identity.Core.Sessions;

public static class SessionServices
{
    /// <summary>Adds the room Sessions; its settings are <c>Identity:Sessions</c>. Needs Data and Audit.</summary>
    public static IServiceCollection AddSessions(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<SessionOptions>().Bind(configuration.GetSection(SessionOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<SessionOptions>, SessionOptionsValidator>();
        services.AddSingleton<SessionStore>();
        services.AddSingleton<SessionStarter>();
        services.AddPersonalData(SessionsPersonalData.Statements);
        return services;
    }
}
