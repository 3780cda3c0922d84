using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Identity.Core.SignUp;

public static class SignUpServices
{
    /// <summary>Adds the room SignUp; its settings are <c>Identity:Registration</c>. Needs Users, Passwords, Mail and
    /// Recovery.</summary>
    public static IServiceCollection AddSignUp(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<SignUpOptions>().Bind(configuration.GetSection(SignUpOptions.Section)).ValidateOnStart();
        services.AddSingleton<AccountCreator>();
        return services;
    }
}
