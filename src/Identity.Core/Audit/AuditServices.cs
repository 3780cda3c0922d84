using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Identity.Core.Audit;

public static class AuditServices
{
    /// <summary>Adds the room Audit. Its settings are <c>Identity:Audit</c>; the keys of seals come from the room
    /// Keys.</summary>
    public static IServiceCollection AddAudit(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<AuditOptions>().Bind(configuration.GetSection(AuditOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<AuditOptions>, AuditOptionsValidator>();
        services.AddSingleton<AuditLog>();
        services.AddSingleton<AuditReader>();
        services.AddSingleton<AuditExportCursor>();
        services.AddSingleton<AuditSealer>();
        services.AddSingleton<AuditVerifier>();
        return services;
    }
}
