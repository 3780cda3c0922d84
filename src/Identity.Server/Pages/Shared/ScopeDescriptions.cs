using Identity.Server.Pages.Texts;
using Microsoft.Extensions.Localization;

namespace Identity.Server.Pages.Shared;

/// <summary>A scope in words.</summary>
public sealed record ScopeDescription(string Title, string? Text);

/// <summary>Says what a scope allows: by its own name from the configuration, or, for OpenID Connect's own, by our
/// texts in every language.</summary>
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
