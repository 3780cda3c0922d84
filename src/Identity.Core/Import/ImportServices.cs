using Identity.Core.Import.Clients;
using Identity.Core.Import.Users;
using Microsoft.Extensions.DependencyInjection;

namespace Identity.Core.Import;

// Import owns the import and export of people and clients in the formats of this and other systems, checked row by row.
// The rules for passwords and clients belong to Passwords and Clients.

public static class ImportServices
{
    /// <summary>Adds the room Import. It has no settings. Needs Data, Audit and Clients.</summary>
    public static IServiceCollection AddImport(this IServiceCollection services) =>
        services.AddSingleton<UserImporter>().AddSingleton<UserExporter>().AddSingleton<ClientImporter>();
}
