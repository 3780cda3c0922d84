using Identity.Core.PersonalData;
using Microsoft.Extensions.DependencyInjection;

namespace Identity.Core.Attributes;

public static class AttributesServices
{
    /// <summary>Adds the room Attributes. It has no settings. Needs Administration.</summary>
    public static IServiceCollection AddAttributes(this IServiceCollection services) =>
        services
            .AddSingleton<AttributeDefinitions>()
            .AddSingleton<PersonAttributes>()
            .AddPersonalData(new("Attributes") { Erase = "DELETE FROM idp.user_attributes WHERE user_id = @id" });
}
