using Identity.Server.Pages.Texts;
using Microsoft.Extensions.Localization;

namespace Identity.Server.Pages.Shared;

/// <summary>A scope with its description.</summary>
public sealed record ScopeDescription(string Title, string? Text);

/// <summary>Describes a scope: by its display name from the configuration or, for OpenID Connect's own, by the
/// translated texts.</summary>
internal sealed class ScopeDescriptions(IStringLocalizer<SignInTexts> texts)
{
    /// <param name="displayName">From the configuration; null for the standard scopes.</param>
    public ScopeDescription Of(string scope, string? displayName, string? description)
    {
        if (displayName is not null)
            return new(displayName, description);
        var title = texts[$"Scope.{scope}.Title"];
        return title.ResourceNotFound ? new(scope, description) : new(title, texts[$"Scope.{scope}.Text"]);
    }
}
