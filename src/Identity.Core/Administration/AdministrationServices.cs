using Microsoft.Extensions.DependencyInjection;

namespace Identity.Core.Administration;

public static class AdministrationServices
{
    /// <summary>Adds the room Administration. It has no settings. Needs Data and Audit.</summary>
    public static IServiceCollection AddAdministration(this IServiceCollection services) =>
        services.AddSingleton<OperatorReader>().AddSingleton<AdminAuditLog>();
}
