using Identity.Core.Clients;
using Identity.Server.Protocol.Denials;
using Identity.Server.Protocol.Extensions.Dpop;
using CoreClient = Identity.Core.Clients.Client;

namespace Identity.DuendeHost.Grants;

/// <summary>What must stand in a token request before anything is claimed, with the error that RFC 6749 section 5.2 and
/// RFC 9449 section 5 give it; Duende names several of them otherwise, and takes an empty proof for none.</summary>
internal static class TokenParameters
{
    private static readonly string[] GrantTypes =
    [
        ClientGrantType.AuthorizationCode,
        ClientGrantType.RefreshToken,
        ClientGrantType.ClientCredentials,
        ClientGrantType.DeviceCode,
    ];

    /// <summary>Null for a request that may continue.</summary>
    public static Denial? Check(HttpRequest request, CoreClient client)
    {
        var form = request.Form;
        var grantType = form["grant_type"].ToString();
        if (grantType.Length == 0)
            return Missing("grant_type");
        if (!GrantTypes.Contains(grantType))
            return new(
                nameof(TokenParameters),
                "unsupported_grant_type",
                "The grant_type is not supported.",
                string.Join(' ', GrantTypes),
                "another"
            );
        if (grantType == ClientGrantType.AuthorizationCode && form["code"].ToString().Length == 0)
            return Missing("code");
        if (
            grantType == ClientGrantType.AuthorizationCode
            && !client.AllowNonceInsteadOfPkce
            && form["code_verifier"].ToString().Length == 0
        )
            return Missing("code_verifier");
        return CheckProof(request, client);
    }

    private static Denial? CheckProof(HttpRequest request, CoreClient client) =>
        request.Headers[DpopRules.ProofHeader] switch
        {
            [] when !client.DpopBoundAccessTokens => null,
            [{ Length: > 0 }] => null,
            _ => new(
                nameof(TokenParameters),
                DpopRules.InvalidProof,
                "A DPoP proof is missing, empty, or came more than once.",
                "one proof"
            ),
        };

    private static Denial Missing(string parameter) =>
        new(nameof(TokenParameters), "invalid_request", $"The parameter {parameter} is missing.", parameter, "none");
}
