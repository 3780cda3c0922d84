using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Identity.Core.Administration;

public static class AdministrationServices
{
    /// <summary>Adds the room Administration with its settings, <c>Identity:Admin</c>. Needs Data and Audit.</summary>
    public static IServiceCollection AddAdministration(this IServiceCollection services, IConfiguration configuration)
    {
        services
            .AddOptions<AdminOptions>()
            .Bind(configuration.GetSection(AdminOptions.Section))
            .Validate(
                static options => options.RequestsPerMinute is >= 1 and <= 1_000_000,
                $"{AdminOptions.Section}:{nameof(AdminOptions.RequestsPerMinute)}: must be 1 to 1000000."
            )
            .ValidateOnStart();
        return services
            .AddSingleton<IdempotencyKeys>()
            .AddSingleton<OperatorReader>()
            .AddSingleton<AdminAuditLog>()
            .AddSingleton<AuditSearch>();
    }
}
