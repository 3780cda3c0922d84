using Identity.Core.Administration;
using Identity.Core.Clients;
using Microsoft.Extensions.Options;

namespace Identity.Core.PersonalTokens;

/// <summary>A scope that people may give their tokens.</summary>
public sealed class PersonalTokenScope
{
    /// <summary>The scope: one of an API, never one of OpenID Connect or of the administration API.</summary>
    public string Name { get; set; } = "";

    /// <summary>The role that a person must hold, directly or through a group; null for everyone. It must be a role of
    /// every app. Checked at each use: whoever loses the role loses the scope.</summary>
    public string? Role { get; set; }
}

/// <summary>Section <c>Identity:PersonalTokens</c>.</summary>
public sealed class PersonalTokenOptions
{
    public const string Section = "Identity:PersonalTokens";

    /// <summary>Whether people may make personal access tokens and use them. Off by default. While it is off, no token
    /// works.</summary>
    public bool Enabled { get; set; }

    /// <summary>The scopes on offer; at least one if the tokens are on.</summary>
    public IList<PersonalTokenScope> Scopes { get; } = [];

    /// <summary>The longest life of a token, in days: 1 to 366. Default 90.</summary>
    public int MaxDays { get; set; } = 90;

    /// <summary>The number of tokens that a person may have at once: 1 to 100. Default 20.</summary>
    public int MaxPerPerson { get; set; } = 20;
}

internal sealed class PersonalTokenOptionsValidator : IValidateOptions<PersonalTokenOptions>
{
    private const int MaxScopes = 50;

    public ValidateOptionsResult Validate(string? name, PersonalTokenOptions options)
    {
        string[] wrong = [.. Faults(options).Select(static fault => $"{PersonalTokenOptions.Section}:{fault}")];
        return wrong.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(wrong);
    }

    private static IEnumerable<string> Faults(PersonalTokenOptions options)
    {
        if (options.MaxDays is < 1 or > 366)
            yield return "MaxDays: must be 1 to 366.";
        if (options.MaxPerPerson is < 1 or > 100)
            yield return "MaxPerPerson: must be 1 to 100.";
        if (options.Enabled && options.Scopes.Count == 0)
            yield return "Scopes: is empty: name the scopes that people may give their tokens.";
        if (options.Scopes.Count > MaxScopes)
            yield return $"Scopes: has more than {MaxScopes} entries.";
        if (
            options.Scopes.DistinctBy(static scope => scope.Name, StringComparer.Ordinal).Count() < options.Scopes.Count
        )
            yield return "Scopes: names a scope twice.";
        for (var place = 0; place < options.Scopes.Count; place++)
        {
            if (Fault(options.Scopes[place]) is { } fault)
                yield return $"Scopes:{place}:{fault}";
        }
    }

    private static string? Fault(PersonalTokenScope scope) =>
        !ApiScope.IsName(scope.Name) ? "Name: is not a scope (RFC 6749 section 3.3)."
        : ApiScope.Standard.Any(standard => standard.Name == scope.Name)
            ? $"Name: '{scope.Name}' belongs to OpenID Connect; a personal access token signs nobody in."
        : AdminPermission.OfScope(scope.Name) is not null
            ? $"Name: '{scope.Name}' opens the administration API, which needs a recent sign-in."
        : scope.Role is { } role && string.IsNullOrWhiteSpace(role) ? "Role: is empty."
        : null;
}
