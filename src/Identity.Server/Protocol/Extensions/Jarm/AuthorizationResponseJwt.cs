using Identity.Core.Clients;
using Identity.Server.Protocol.Engine;
using Identity.Server.Protocol.Tokens.Jose;
using Identity.Server.Protocol.Tokens.Signing;

namespace Identity.Server.Protocol.Extensions.Jarm;

// Jarm owns authorization responses as a signed JWT (JWT Secured Authorization Response Mode for OAuth 2.0): its
// response mode and its claims.

/// <summary>Creates the value of <c>response</c> (JARM section 2.1).</summary>
internal sealed class AuthorizationResponseJwt(IJwtSigner signer, Issuer issuer, TimeProvider clock)
{
    /// <summary>The lifetime of the answer: much longer than a redirect takes, and well below JARM's maximum of 10
    /// minutes.</summary>
    internal static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(2);

    private static readonly string[] Own = ["iss", "aud", "exp"];

    /// <summary>Whether the answer goes as a JWT, and the plain mode that carries it: <c>jwt</c> is <c>query.jwt</c>
    /// for the code flow (section 2.3.4).</summary>
    public static bool TryRead(string? responseMode, out string carrier)
    {
        carrier = responseMode switch
        {
            "jwt" or "query.jwt" => "query",
            "form_post.jwt" => "form_post",
            "fragment.jwt" => "fragment",
            _ => "",
        };
        return carrier.Length > 0;
    }

    /// <summary>The JWT with the parameters of a success or an error; null if no key can sign, which is answered with
    /// <c>server_error</c>.</summary>
    public string? Create(Client client, IEnumerable<KeyValuePair<string, string>> parameters)
    {
        List<KeyValuePair<string, object?>> claims =
        [
            new("iss", issuer.Value),
            new("aud", client.Id),
            new("exp", (clock.GetUtcNow() + Lifetime).ToUnixTimeSeconds()),
            .. parameters
                .Where(static parameter => !Own.Contains(parameter.Key))
                .Select(static parameter => KeyValuePair.Create(parameter.Key, (object?)parameter.Value)),
        ];
        return signer.TrySign(client.Protocols.AuthorizationSignedResponseAlg, "JWT", JwtClaims.Write(claims));
    }
}
