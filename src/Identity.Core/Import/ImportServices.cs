using Identity.Core.Import.Clients;
using Identity.Core.Import.Users;
using Microsoft.Extensions.DependencyInjection;

namespace Identity.Core.Import;

// Import owns what comes from other systems and what goes to a file: people and clients in their formats, checked row
// by row. It makes no rule of its own about passwords (Passwords) or clients (Clients).

public static class ImportServices
{
    /// <summary>Adds the room Import. It has no settings. Needs Data, Audit and Clients.</summary>
    public static IServiceCollection AddImport(this IServiceCollection services) =>
        services.AddSingleton<UserImporter>().AddSingleton<UserExporter>().AddSingleton<ClientImporter>();
}
