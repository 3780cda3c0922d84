using System.Security.Cryptography;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Identity.Testing.Social;

/// <summary>The ID tokens of a stand-in, with the claims that each provider documents.</summary>
internal sealed class SocialTokens : IDisposable
{
    /// <summary>The issuer of one tenant alone, to which the second key belongs.</summary>
    public const string ForeignIssuer = "https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/v2.0";

    private readonly RSA _own = RSA.Create(2048);
    private readonly RSA _foreign = RSA.Create(2048);
    private readonly RSA _unpublished = RSA.Create(2048);

    /// <summary>The published keys. Microsoft says of each for which issuer it is.</summary>
    public object KeySet(SocialProvider provider) =>
        new { keys = new[] { Public(_own, "own", provider.Issuer!), Public(_foreign, "foreign", ForeignIssuer) } };

    public string IdToken(SocialProvider provider, SocialPerson person, string clientId, string? nonce)
    {
        var now = TimeProvider.System.GetUtcNow();
        Dictionary<string, object> claims = new()
        {
            ["iss"] = provider.IssuerFor(person),
            ["aud"] = clientId,
            ["sub"] = person.Id,
            ["iat"] = now.ToUnixTimeSeconds(),
            ["exp"] = now.AddMinutes(10).ToUnixTimeSeconds(),
        };
        foreach (var (name, value) in Own(provider, person))
            claims[name] = value!;
        if (nonce is not null && provider.HasNonceAndPkce)
            claims["nonce"] = nonce;
        foreach (var (name, value) in person.Claims)
            claims[name] = value!;
        var (key, id) =
            person.Fault == SocialFault.RefusedToken ? (_unpublished, "own")
            : person.KeyIssuer is not null ? (_foreign, "foreign")
            : (_own, "own");
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(
            new SecurityTokenDescriptor
            {
                Claims = claims.Where(static claim => claim.Value is not null).ToDictionary(),
                SigningCredentials = new(
                    new RsaSecurityKey(key) { KeyId = person.NamesKey ? id : null },
                    SecurityAlgorithms.RsaSha256
                ),
            }
        );
    }

    public void Dispose()
    {
        _own.Dispose();
        _foreign.Dispose();
        _unpublished.Dispose();
    }

    private static Dictionary<string, object?> Own(SocialProvider provider, SocialPerson person) =>
        provider.Type switch
        {
            // The flags are texts at Apple, and the name is never in the token.
            "Apple" => new()
            {
                ["email"] = person.Email,
                ["email_verified"] =
                    person.Email is null ? null
                    : person.IsVerified ? "true"
                    : "false",
                ["is_private_email"] =
                    person.Email?.EndsWith("@privaterelay.appleid.com", StringComparison.Ordinal) == true
                        ? "true"
                        : null,
            },
            "Google" => new()
            {
                ["email"] = person.Email,
                ["email_verified"] = person.Email is null ? null : person.IsVerified,
                ["hd"] =
                    person.Email?.EndsWith("@example.org", StringComparison.Ordinal) == true ? "example.org" : null,
                ["name"] = person.Name,
            },
            // sub is pairwise, and xms_edov an optional claim.
            "Microsoft" => new()
            {
                ["sub"] = "pairwise-" + person.Id,
                ["oid"] = person.Id,
                ["tid"] = person.Tenant,
                ["ver"] = "2.0",
                ["email"] = person.Email,
                ["xms_edov"] = person.IsVerified ? true : null,
                ["name"] = person.Name,
            },
            // The ID token has no address: that is at userinfo.
            "GitLab" => new() { ["sub_legacy"] = "legacy", ["name"] = person.Name },
            _ => new()
            {
                ["email"] = person.Email,
                ["email_verified"] =
                    person.Email is null ? null
                    : person.IsVerified ? "true"
                    : "false",
                ["name"] = person.Name,
            },
        };

    private static Dictionary<string, object> Public(RSA key, string id, string issuer)
    {
        var parameters = key.ExportParameters(false);
        return new()
        {
            ["kty"] = "RSA",
            ["use"] = "sig",
            ["kid"] = id,
            ["n"] = Base64UrlEncoder.Encode(parameters.Modulus),
            ["e"] = Base64UrlEncoder.Encode(parameters.Exponent),
            ["issuer"] = issuer,
        };
    }
}
