using Identity.Core.PersonalData;
using Microsoft.Extensions.DependencyInjection;

namespace Identity.Core.Roles;

public static class RolesServices
{
    /// <summary>Adds the room Roles. It has no settings. Needs Administration and Mail.</summary>
    public static IServiceCollection AddRoles(this IServiceCollection services) =>
        services
            .AddSingleton<RoleDirectory>()
            .AddSingleton<RoleStore>()
            .AddSingleton<RoleGrants>()
            .AddSingleton<GroupDirectory>()
            .AddSingleton<GroupStore>()
            .AddSingleton<GroupMembers>()
            .AddSingleton<GroupRoles>()
            .AddSingleton<StartingAccess>()
            .AddPersonalData(RolesPersonalData.Statements);
}
