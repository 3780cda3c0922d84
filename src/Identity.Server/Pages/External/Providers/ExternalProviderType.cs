namespace Identity.Server.Pages.External.Providers;

// Providers owns what distinguishes one provider from another: endpoints, scopes, what identifies a person there, and
// when an address counts as verified. It knows no page and no account; External handles what comes back.

/// <summary>The protocol and the peculiarities of a provider.</summary>
internal enum ExternalProviderType
{
    /// <summary>Any provider that follows OpenID Connect.</summary>
    OpenIdConnect,
    Apple,
    Discord,
    Facebook,
    GitHub,
    GitLab,
    Google,
    LinkedIn,
    Microsoft,
}

/// <summary>What a type of provider brings along, so that an operator configures only what the provider
/// issued.</summary>
/// <param name="DisplayName">The name on the button; empty if the operator must give one.</param>
/// <param name="Authority">The issuer; null if the operator must give it.</param>
/// <param name="Scopes">The scopes that give an identifier, a name and an address.</param>
internal sealed record ExternalProviderTraits(string DisplayName, string? Authority, params string[] Scopes)
{
    private static readonly Dictionary<ExternalProviderType, ExternalProviderTraits> Table = new()
    {
        [ExternalProviderType.OpenIdConnect] = new("", null, "email")
        {
            HasOwnInstances = true,
            ReadsUserInfo = true,
            Reauthentication = ("prompt", "login"),
        },
        [ExternalProviderType.Apple] = new("Apple", "https://appleid.apple.com", "name", "email"),
        [ExternalProviderType.Discord] = new("Discord", "https://discord.com", "identify", "email")
        {
            IsOpenIdConnect = false,
            Reauthentication = ("prompt", "consent"),
        },
        [ExternalProviderType.Facebook] = new("Facebook", "https://www.facebook.com", "public_profile", "email")
        {
            IsOpenIdConnect = false,
            Reauthentication = ("auth_type", "reauthenticate"),
        },
        [ExternalProviderType.GitHub] = new("GitHub", "https://github.com", "read:user", "user:email")
        {
            IsOpenIdConnect = false,
            HasOwnInstances = true,
            Reauthentication = ("prompt", "select_account"),
        },
        [ExternalProviderType.GitLab] = new("GitLab", "https://gitlab.com", "profile", "email")
        {
            HasOwnInstances = true,
            ReadsUserInfo = true,
            Reauthentication = ("prompt", "login"),
        },
        [ExternalProviderType.Google] = new("Google", "https://accounts.google.com", "profile", "email")
        {
            Reauthentication = ("prompt", "select_account"),
        },
        // LinkedIn puts no nonce into ID tokens and refuses a code_verifier from web applications. State, kept in the
        // browser, binds the code.
        [ExternalProviderType.LinkedIn] = new("LinkedIn", "https://www.linkedin.com/oauth", "profile", "email")
        {
            HasNonceAndPkce = false,
        },
        // The scope profile makes Entra put oid and tid into the ID token.
        [ExternalProviderType.Microsoft] = new("Microsoft", "https://login.microsoftonline.com", "profile", "email")
        {
            Reauthentication = ("prompt", "login"),
        },
    };

    /// <summary>Whether the provider issues ID tokens; otherwise the person is read from its API (OAuth 2.0).</summary>
    public bool IsOpenIdConnect { get; private init; } = true;

    /// <summary>Whether organisations run instances of their own, so that <c>Authority</c> may be set.</summary>
    public bool HasOwnInstances { get; private init; }

    /// <summary>Whether name and address are at the userinfo endpoint, not in the ID token.</summary>
    public bool ReadsUserInfo { get; private init; }

    /// <summary>Whether the provider supports <c>nonce</c> (OIDC Core 3.1.2.1) and PKCE (RFC 7636).</summary>
    public bool HasNonceAndPkce { get; private init; } = true;

    /// <summary>The documented parameter that comes closest to a new authentication; null if there is none.</summary>
    public (string Name, string Value)? Reauthentication { get; private init; }

    public static ExternalProviderTraits Of(ExternalProviderType type) => Table[type];
}
