using Identity.Core.Clients;

namespace Identity.Server.Protocol.Registration;

/// <summary>What a client that describes itself may ask for.</summary>
/// <param name="Scopes">The scopes; others are dropped.</param>
/// <param name="GrantTypes">The grant types; others are dropped.</param>
/// <param name="PrivateSchemes">Private-use schemes in addition to reversed domain names.</param>
/// <param name="DefaultAuthMethod">The <c>token_endpoint_auth_method</c> of metadata that names none.</param>
internal sealed record RegistrationRules(
    IReadOnlyCollection<string> Scopes,
    IReadOnlyCollection<string> GrantTypes,
    IReadOnlyCollection<string> PrivateSchemes,
    string DefaultAuthMethod
)
{
    /// <summary>The scopes, where the operator names none.</summary>
    public static IReadOnlyCollection<string> UsualScopes { get; } = ["openid", "profile", "email", "offline_access"];

    /// <summary>The grant types, where the operator names none.</summary>
    public static IReadOnlyCollection<string> UsualGrantTypes { get; } =
    [ClientGrantType.AuthorizationCode, ClientGrantType.RefreshToken];

    /// <summary>The faults of settings about clients that no operator reviews, each by its key.</summary>
    public static IEnumerable<string> Faults(string section, IEnumerable<string> scopes, IEnumerable<string> schemes) =>
        scopes
            .Where(static scope => Core.Administration.AdminPermission.OfScope(scope) is not null)
            .Select(scope => $"{section}:AllowedScopes: {scope} is never given to a client that registers itself.")
            .Concat(
                schemes
                    .Where(static scheme => !RedirectUri.IsPrivateScheme(scheme))
                    .Select(scheme =>
                        $"{section}:PrivateSchemes: '{scheme}' is not the scheme of an app, such as vscode."
                    )
            );
}
