using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Identity.Core.Administration;
using Identity.Core.Primitives;

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
    /// <summary>The scopes of OpenID Connect Core sections 5.4 and 11, and those of roles and groups. The consent page
    /// has its own translated texts for them.</summary>
    public static IReadOnlyList<ApiScope> Standard { get; } =
    [
        .. new[] { "openid", "profile", "email", "phone", "address", "roles", "groups", "offline_access" }.Select(
            static name => new ApiScope(name, null, null, [], [])
        ),
    ];

    /// <summary>The scopes of the administration API: one a permission.</summary>
    /// <param name="resource">Its audience (<see cref="AdminResource"/>).</param>
    public static IEnumerable<ApiScope> Administration(string resource) =>
        AdminPermission.All.Select(permission => new ApiScope(
            permission.Scope,
            permission.Description.TrimEnd('.'),
            null,
            [resource],
            []
        ));

    /// <summary>Whether a text is a valid scope: visible ASCII except quote and backslash (RFC 6749 section
    /// 3.3).</summary>
    public static bool IsName(string text) => NameForm().IsMatch(text);

    [GeneratedRegex(@"^[\x21\x23-\x5B\x5D-\x7E]{1,200}\z")]
    private static partial Regex NameForm();

    public bool IsStandard => Standard.Any(scope => scope.Name == Name);

    /// <summary>Whether it opens the administration API. Discovery does not name it, and no client registers itself
    /// for it.</summary>
    public bool IsAdministrative => AdminPermission.OfScope(Name) is not null;

    /// <summary>Whether it is stored in the database; otherwise it comes from the configuration or from OpenID
    /// Connect.</summary>
    public bool IsStored { get; init; }
}

/// <summary>A scope as it is written: section <c>Identity:Scopes:&lt;name&gt;</c>, or JSON in
/// <c>idp.scopes</c>.</summary>
public sealed class ScopeDefinition
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    /// <summary>The scope itself, only in the configuration and only if it has a colon, because the configuration
    /// splits keys at colons. Otherwise the section's key is the scope.</summary>
    public string? Name { get; set; }

    /// <summary>The name on the consent page; by default the scope itself.</summary>
    public string? DisplayName { get; set; }
    public string? Description { get; set; }

    /// <summary>The audiences; by default the scope itself.</summary>
    public IList<string>? Resources { get; set; }
    public IList<string>? Claims { get; set; }

    private const int MaxTextLength = 500;

    public string ToJson() => JsonSerializer.Serialize(this, Json);

    /// <exception cref="JsonException">The text is not JSON or has an unknown member.</exception>
    public static ScopeDefinition FromJson(string json) =>
        JsonSerializer.Deserialize<ScopeDefinition>(json, Json) ?? throw new JsonException("null is not a scope.");

    /// <summary>All faults, each with its setting; empty if the definition is valid. Configuration, database and
    /// administration share this check.</summary>
    internal IEnumerable<(string? Setting, string Problem)> Faults(string name)
    {
        if (ApiScope.Standard.Any(standard => standard.Name == name))
            yield return (null, "is a built-in scope and cannot be redefined");
        else if (AdminPermission.OfScope(name) is not null)
            yield return (null, "is a scope of the administration API and cannot be redefined");
        else if (!ApiScope.IsName(name))
            yield return (null, $"'{name}' has a character that a scope cannot have (RFC 6749 section 3.3)");
        if (Name is { } named && named != name)
            yield return (nameof(Name), $"'{named}' is not the scope '{name}' that it is stored under");
        foreach (var resource in (Resources ?? []).Where(static resource => !ApiScope.IsName(resource)))
            yield return (
                nameof(Resources),
                $"'{resource}' is not an audience: 1 to 200 visible ASCII characters without quote and backslash"
            );
        foreach (var claim in (Claims ?? []).Where(static claim => !ApiScope.IsName(claim)))
            yield return (nameof(Claims), $"'{claim}' is not the name of a claim: 1 to 200 visible ASCII characters");
        foreach (
            var (setting, text) in new[] { (nameof(DisplayName), DisplayName), (nameof(Description), Description) }
        )
        {
            if (text is { Length: > MaxTextLength } || text is not null && !UntrustedText.IsLine(text))
                yield return (setting, $"is not one line of at most {MaxTextLength} characters");
        }
    }

    internal ApiScope Read(string name) =>
        new(
            name,
            DisplayName ?? name,
            Description,
            Resources is { Count: > 0 } ? [.. Resources] : [name],
            [.. Claims ?? []]
        );
}
