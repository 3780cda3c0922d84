using Identity.Core.Keys;

namespace Identity.Core.Clients;

/// <summary>The defaults of each profile, so that a client needs ten lines of configuration.</summary>
internal sealed record ClientDefaults(
    IReadOnlyList<string> AuthMethods,
    IReadOnlyList<string> GrantTypes,
    IReadOnlyList<string> Scopes,
    string IdTokenAlgorithm
)
{
    private static readonly string[] Secret = [ClientAuthMethod.SecretBasic, ClientAuthMethod.SecretPost];
    private static readonly string[] Code = ["authorization_code"];
    private static readonly string[] SignIn = ["openid", "profile", "email"];

    /// <summary>The idle lifetime of a refresh token, and its maximum.</summary>
    public (TimeSpan Usual, TimeSpan Most) RefreshIdle { get; private init; } =
        (TimeSpan.FromDays(7), TimeSpan.FromDays(90));

    /// <summary>The lifetime of its family, and its maximum.</summary>
    public (TimeSpan Usual, TimeSpan Most) RefreshAbsolute { get; private init; } =
        (TimeSpan.FromDays(30), TimeSpan.FromDays(365));

    public static ClientDefaults Of(ClientProfile profile) =>
        profile switch
        {
            // A script cannot keep a secret, so a stolen token must expire within a day (OAuth 2.0 for Browser-Based
            // Applications, section 8).
            ClientProfile.Spa => new([ClientAuthMethod.None], Code, SignIn, SigningAlgorithm.RS256)
            {
                RefreshIdle = (TimeSpan.FromHours(4), TimeSpan.FromHours(24)),
                RefreshAbsolute = (TimeSpan.FromHours(24), TimeSpan.FromHours(24)),
            },
            ClientProfile.Native => new([ClientAuthMethod.None], Code, SignIn, SigningAlgorithm.RS256),
            ClientProfile.Service => new(Secret, ["client_credentials"], [], SigningAlgorithm.RS256),
            ClientProfile.Fapi2 => new([ClientAuthMethod.PrivateKeyJwt], Code, SignIn, SigningAlgorithm.ES256),
            _ => new(Secret, Code, SignIn, SigningAlgorithm.RS256),
        };
}
