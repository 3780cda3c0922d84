using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Identity.Core.SignUp;

public static class SignUpServices
{
    /// <summary>Adds the room SignUp; its settings are <c>Identity:Registration</c>. Needs Users, Passwords, Mail,
    /// Roles, Recovery and External.</summary>
    public static IServiceCollection AddSignUp(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<SignUpOptions>().Bind(configuration.GetSection(SignUpOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<SignUpOptions>, SignUpOptionsValidator>();
        services.AddSingleton<AccountCreator>();
        services.AddSingleton<ExternalAccountCreator>();
        services.AddSingleton<InvitationActions>();
        services.AddSingleton<InvitationAcceptance>();
        return services;
    }
}
