using Microsoft.Extensions.DependencyInjection;

namespace Identity.Core.Audit;

public static class AuditRegistration
{
    /// <summary>Adds the room Audit. It has no settings.</summary>
    public static IServiceCollection AddAudit(this IServiceCollection services)
    {
        services.AddSingleton<AuditLog>();
        services.AddSingleton<AuditReader>();
        return services;
    }
}
