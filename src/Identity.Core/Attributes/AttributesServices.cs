using Identity.Core.PersonalData;
using Microsoft.Extensions.DependencyInjection;

namespace Identity.Core.Attributes;

// Attributes owns what an organisation keeps about people beside the standard profile: the definitions, who may see and
// edit each, and the values. It does not own how they become claims (Profile).

public static class AttributesServices
{
    /// <summary>Adds the room Attributes. It has no settings. Needs Administration.</summary>
    public static IServiceCollection AddAttributes(this IServiceCollection services) =>
        services.AddPersonalData(new("Attributes") { Erase = "DELETE FROM idp.user_attributes WHERE user_id = @id" });
}
