using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Identity.Core.PersonalData;

public static class PersonalDataServices
{
    /// <summary>Adds a room's statements that erase data about a person. Each room calls it once.</summary>
    public static IServiceCollection AddPersonalData(
        this IServiceCollection services,
        PersonalDataStatements statements
    )
    {
        services.TryAddSingleton<PersonalDataEraser>();
        return services.AddSingleton(statements);
    }
}
