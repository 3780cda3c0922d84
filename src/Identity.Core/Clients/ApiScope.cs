using System.Text.RegularExpressions;

namespace Identity.Core.Clients;

/// <summary>A scope that a client may ask for: one of OpenID Connect's own, or access to an API.</summary>
/// <param name="Name">The value of <c>scope</c>.</param>
/// <param name="DisplayName">What the consent page calls it.</param>
/// <param name="Resources">The audiences of an access token with this scope (TK-2). Empty for OpenID Connect's
/// own.</param>
/// <param name="Claims">Claims of the person that access tokens with this scope carry.</param>
public sealed partial record ApiScope(
    string Name,
    string? DisplayName,
    string? Description,
    IReadOnlyList<string> Resources,
    IReadOnlyList<string> Claims
)
{
    /// <summary>The scopes of OpenID Connect Core sections 5.4 and 11. Their texts are the consent page's own, for they
    /// are translated.</summary>
    public static IReadOnlyList<ApiScope> Standard { get; } =
    [
        .. new[] { "openid", "profile", "email", "phone", "address", "offline_access" }.Select(name => new ApiScope(
            name,
            null,
            null,
            [],
            []
        )),
    ];

    /// <summary>Whether a text can be a scope: visible ASCII but for quote and backslash (RFC 6749 section
    /// 3.3).</summary>
    public static bool IsName(string text) => NameForm().IsMatch(text);

    [GeneratedRegex(@"^[\x21\x23-\x5B\x5D-\x7E]{1,200}\z")]
    private static partial Regex NameForm();

    public bool IsStandard => Standard.Any(scope => scope.Name == Name);
}

/// <summary>A scope as written down: section <c>Identity:Scopes:&lt;name&gt;</c>, or JSON in
/// <c>idp.scopes</c>.</summary>
public sealed class ScopeDefinition
{
    /// <summary>The scope itself, in the configuration alone, where it has a colon: the configuration splits keys
    /// there. Elsewhere the key of the section is the scope.</summary>
    public string? Name { get; set; }
    public string? DisplayName { get; set; }
    public string? Description { get; set; }

    /// <summary>The audiences; the scope's own name where none is given.</summary>
    public IList<string>? Resources { get; set; }
    public IList<string>? Claims { get; set; }

    internal ApiScope Read(string name) =>
        new(
            name,
            DisplayName ?? name,
            Description,
            Resources is { Count: > 0 } ? [.. Resources] : [name],
            [.. Claims ?? []]
        );
}
