namespace Identity.Testing.Social;

/// <summary>What a stand-in does with the code of a person.</summary>
public enum SocialFault
{
    None,

    /// <summary>The token endpoint refuses the code, in the provider's own format.</summary>
    RefusedCode,

    /// <summary>The API refuses the token with 401; a provider with ID tokens signs with a key that it does not
    /// publish.</summary>
    RefusedToken,

    /// <summary>The connection breaks.</summary>
    BrokenConnection,

    /// <summary>No answer within the patience of the caller.</summary>
    Silence,
}

/// <summary>A person with an account at a provider.</summary>
/// <param name="Id">What never changes there. For Microsoft a GUID.</param>
/// <param name="IsVerified">Whether the provider has verified the address.</param>
public sealed record SocialPerson(string Id, string? Email, bool IsVerified = true, string? Name = "Ada Plum")
{
    /// <summary>The tenant at Microsoft.</summary>
    public string Tenant { get; init; } = SocialProvider.WorkTenant;

    /// <summary>Claims in the place of those that the provider would issue.</summary>
    public IReadOnlyDictionary<string, object?> Claims { get; init; } = new Dictionary<string, object?>();

    /// <summary>The issuer to which the signing key belongs, at Microsoft; null for the provider's own.</summary>
    public string? KeyIssuer { get; init; }

    /// <summary>Whether the token says which key signed it.</summary>
    public bool NamesKey { get; init; } = true;

    public SocialFault Fault { get; init; }
}

/// <summary>A provider as its documentation describes it.</summary>
/// <param name="Name">Its section under <c>Identity:ExternalProviders</c>.</param>
/// <param name="Type">The type in the settings.</param>
/// <param name="Issuer">The issuer of discovery; null for OAuth 2.0 alone.</param>
/// <param name="Denial">The error that a person who declines brings back.</param>
public sealed record SocialProvider(
    string Name,
    string Type,
    string? Issuer,
    string Authorize,
    string Token,
    string Denial = "access_denied"
)
{
    public const string WorkTenant = "3aa4a235-b6e2-48d5-9195-7fcf05b459b0";

    private const string Entra = "https://login.microsoftonline.com/";

    /// <summary>Where the keys are, for providers with ID tokens.</summary>
    public string Keys { get; init; } = "";

    /// <summary>Where userinfo or the API is.</summary>
    public string Api { get; init; } = "";

    /// <summary>Whether the answer comes by POST.</summary>
    public bool IsFormPost { get; init; }

    /// <summary>Whether an address is ever verified there.</summary>
    public bool Verifies { get; init; } = true;

    /// <summary>Whether the provider takes <c>nonce</c> and PKCE.</summary>
    public bool HasNonceAndPkce { get; init; } = true;

    /// <summary>What the authorization request asks for.</summary>
    public required string Scope { get; init; }

    /// <summary>The issuer of tokens, where discovery has a template.</summary>
    public string IssuerFor(SocialPerson person) =>
        Issuer!.Replace("{tenantid}", person.Tenant, StringComparison.Ordinal);

    public static IReadOnlyList<SocialProvider> All { get; } =
    [
        new(
            "apple",
            "Apple",
            "https://appleid.apple.com",
            "https://appleid.apple.com/auth/authorize",
            "https://appleid.apple.com/auth/token",
            "user_cancelled_authorize"
        )
        {
            Keys = "https://appleid.apple.com/auth/keys",
            IsFormPost = true,
            Scope = "openid name email",
        },
        new("discord", "Discord", null, "https://discord.com/oauth2/authorize", "https://discord.com/api/oauth2/token")
        {
            Api = "https://discord.com/api/v10/users/@me",
            Scope = "identify email",
        },
        new(
            "facebook",
            "Facebook",
            null,
            "https://www.facebook.com/v23.0/dialog/oauth",
            "https://graph.facebook.com/v23.0/oauth/access_token"
        )
        {
            Api = "https://graph.facebook.com/v23.0/me",
            Verifies = false,
            Scope = "public_profile email",
        },
        new(
            "github",
            "GitHub",
            null,
            "https://github.com/login/oauth/authorize",
            "https://github.com/login/oauth/access_token"
        )
        {
            Api = "https://api.github.com/user",
            Scope = "read:user user:email",
        },
        new(
            "gitlab",
            "GitLab",
            "https://gitlab.com",
            "https://gitlab.com/oauth/authorize",
            "https://gitlab.com/oauth/token"
        )
        {
            Keys = "https://gitlab.com/oauth/discovery/keys",
            Api = "https://gitlab.com/oauth/userinfo",
            Scope = "openid profile email",
        },
        new(
            "google",
            "Google",
            "https://accounts.google.com",
            "https://accounts.google.com/o/oauth2/v2/auth",
            "https://oauth2.googleapis.com/token"
        )
        {
            Keys = "https://www.googleapis.com/oauth2/v3/certs",
            Scope = "openid profile email",
        },
        new(
            "linkedin",
            "LinkedIn",
            "https://www.linkedin.com/oauth",
            "https://www.linkedin.com/oauth/v2/authorization",
            "https://www.linkedin.com/oauth/v2/accessToken",
            "user_cancelled_login"
        )
        {
            Keys = "https://www.linkedin.com/oauth/openid/jwks",
            HasNonceAndPkce = false,
            Scope = "openid profile email",
        },
        new(
            "microsoft",
            "Microsoft",
            Entra + "{tenantid}/v2.0",
            Entra + "common/oauth2/v2.0/authorize",
            Entra + "common/oauth2/v2.0/token"
        )
        {
            Keys = Entra + "common/discovery/v2.0/keys",
            Scope = "openid profile email",
        },
        new(
            "tenant",
            "Microsoft",
            Entra + WorkTenant + "/v2.0",
            Entra + WorkTenant + "/oauth2/v2.0/authorize",
            Entra + WorkTenant + "/oauth2/v2.0/token"
        )
        {
            Keys = Entra + WorkTenant + "/discovery/v2.0/keys",
            Scope = "openid profile email",
        },
    ];

    public static SocialProvider Of(string name) => All.Single(provider => provider.Name == name);

    /// <summary>Where the discovery document is.</summary>
    public string Discovery =>
        (Type == "Microsoft" ? Authorize[..Authorize.IndexOf("/oauth2", StringComparison.Ordinal)] + "/v2.0" : Issuer)
        + "/.well-known/openid-configuration";
}
