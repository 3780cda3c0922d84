using Identity.Core.PersonalData;
using Microsoft.Extensions.DependencyInjection;

namespace Identity.Core.People;

public static class PeopleServices
{
    /// <summary>Adds the room People. It has no settings. Needs Administration, Users, Sessions, Grants, Roles,
    /// PersonalTokens, TwoFactor, Passkeys, Recovery, Privacy and Mail.</summary>
    public static IServiceCollection AddPeople(this IServiceCollection services) =>
        services
            .AddSingleton<PersonAction>()
            .AddSingleton<AccountActions>()
            .AddSingleton<SessionActions>()
            .AddSingleton<PersonalTokenActions>()
            .AddSingleton<FactorActions>()
            .AddSingleton<AccessActions>()
            .AddSingleton<DataActions>()
            .AddSingleton<PersonReader>()
            .AddSingleton<DeactivationSchedule>()
            .AddHostedService(static provider => provider.GetRequiredService<DeactivationSchedule>())
            .AddScoped<PeopleDirectory>()
            .AddScoped<BulkActions>()
            .AddPersonalData(new("People") { Erase = "DELETE FROM idp.scheduled_deactivations WHERE user_id = @id" });
}
