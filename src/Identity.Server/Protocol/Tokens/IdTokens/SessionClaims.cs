using Identity.Core.Grants;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Identity.Server.Protocol.Tokens.IdTokens;

/// <summary>The claims of tokens about their sign-in (OIDC Core 2, RFC 9068 2.2.1): the same for the life of the grant
/// (MF-8, OA-12).</summary>
internal static class SessionClaims
{
    public static void Add(Dictionary<string, object?> claims, TokenGrant grant)
    {
        // Without a session nobody signed in, so there is nothing to say about it.
        if (grant.SessionId is not { } session)
            return;
        claims[SessionId] = session.ToString("D");
        claims[Claims.AuthenticationTime] = grant.Details.AuthTime;
        if (grant.Details.Amr.Count > 0)
            claims[Claims.AuthenticationMethodReference] = grant.Details.Amr.ToArray();
        if (grant.Details.Acr is { } acr)
            claims[Claims.AuthenticationContextReference] = acr;
    }

    /// <summary>The session id for the client (OIDC Front-Channel Logout 3).</summary>
    public const string SessionId = "sid";
}
