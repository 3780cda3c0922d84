using Identity.Core.Clients;
using Identity.Core.Profile;
using Microsoft.Extensions.Options;

namespace Identity.Core.PersonalTokens;

/// <summary>Which scopes a person may give a token, and which of a token's are still good. Both are decided from the
/// settings and the person's roles of the moment, never from what was true when the token was made.</summary>
public sealed class PersonalTokenScopes(ClientRegistry registry, IOptions<PersonalTokenOptions> options)
{
    /// <summary>The scopes that the person holds and that exist, in the order of the settings.</summary>
    public IReadOnlyList<ApiScope> HeldBy(SubjectEntitlements person)
    {
        var known = registry.Catalog.Scopes;
        return
        [
            .. options
                .Value.Scopes.Where(scope => scope.Role is null || Holds(person, scope.Role))
                .Select(scope => known.GetValueOrDefault(scope.Name))
                .OfType<ApiScope>(),
        ];
    }

    /// <summary>The scopes of a token that are good now.</summary>
    /// <param name="granted">The scopes that it was made with.</param>
    /// <param name="asking">The scopes that concern whoever asks.</param>
    public IReadOnlyList<string> Narrow(
        SubjectEntitlements person,
        IReadOnlyCollection<string> granted,
        IReadOnlyCollection<string> asking
    ) => [.. HeldBy(person).Select(static scope => scope.Name).Where(granted.Contains).Where(asking.Contains)];

    /// <summary>The scopes on offer that open one of these resources.</summary>
    public IReadOnlyList<string> Of(IReadOnlyCollection<string> resources) =>
        [
            .. options
                .Value.Scopes.Select(static scope => scope.Name)
                .Where(name =>
                    registry.Catalog.Scopes.GetValueOrDefault(name)?.Resources.Any(resources.Contains) == true
                ),
        ];

    // A role of one app means nothing here: a token belongs to no app.
    private static bool Holds(SubjectEntitlements person, string role) =>
        person.Roles.Any(held => held.ClientId is null && held.Name == role);
}
