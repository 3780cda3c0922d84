using Identity.Core.Keys;

namespace Identity.Core.Clients;

/// <summary>What a profile means where a definition says nothing: so that a client is ten lines of configuration.</summary>
internal sealed record ClientDefaults(IReadOnlyList<string> AuthMethods, IReadOnlyList<string> GrantTypes, IReadOnlyList<string> Scopes, string IdTokenAlgorithm)
{
    private static readonly string[] Secret = [ClientAuthMethod.SecretBasic, ClientAuthMethod.SecretPost];
    private static readonly string[] Code = ["authorization_code"];
    private static readonly string[] SignIn = ["openid", "profile", "email"];

    public static ClientDefaults Of(ClientProfile profile) => profile switch
    {
        ClientProfile.Spa or ClientProfile.Native => new([ClientAuthMethod.None], Code, SignIn, SigningAlgorithm.RS256),
        ClientProfile.Service => new(Secret, ["client_credentials"], [], SigningAlgorithm.RS256),
        ClientProfile.Fapi2 => new([ClientAuthMethod.PrivateKeyJwt], Code, SignIn, SigningAlgorithm.ES256),
        _ => new(Secret, Code, SignIn, SigningAlgorithm.RS256),
    };
}
