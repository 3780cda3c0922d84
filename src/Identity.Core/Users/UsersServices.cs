using Identity.Core.PersonalData;
using Microsoft.Extensions.DependencyInjection;

namespace Identity.Core.Users;

public static class UsersServices
{
    /// <summary>Adds the room Users and the limiter it counts attempts with. Needs Data, Keys, Audit, Sessions and
    /// Passwords.</summary>
    public static IServiceCollection AddUsers(this IServiceCollection services)
    {
        services.AddSingleton<Throttling.AttemptLimiter>();
        services.AddSingleton<Throttling.WriteLimiter>();
        services.AddSingleton<UserStore>();
        services.AddSingleton<SecurityStatusReader>();
        services.AddSingleton<SignInWaysReader>();
        services.AddSingleton<PasswordAuthenticator>();
        services.AddSingleton<PasswordChanger>();
        services.AddSingleton<AccountLock>();
        services.AddPersonalData(UsersPersonalData.Statements);
        return services;
    }
}
