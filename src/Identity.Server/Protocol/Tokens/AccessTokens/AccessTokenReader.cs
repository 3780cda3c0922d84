using System.Buffers.Text;
using System.Security.Claims;
using System.Text.Json;
using Identity.Core.Grants;
using Identity.Core.Primitives;
using Identity.Server.Protocol.Tokens.IdTokens;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Identity.Server.Protocol.Tokens.AccessTokens;

/// <summary>Reads the claims of an access token of ours, whose signature, type, issuer and lifetime the engine has
/// verified.</summary>
internal static class AccessTokenReader
{
    /// <summary>The claims as they stand in a token that was verified: objects and lists whole, which the engine's
    /// principal takes apart.</summary>
    public static JsonElement ClaimsOf(string verifiedToken) =>
        JsonElement.Parse(Base64Url.DecodeFromChars(verifiedToken.Split('.')[1]));

    /// <summary>The account, where the token's own <c>sub</c> is pairwise: noted on the principal by
    /// <see cref="Subjects.ResolvePairwiseSubject"/>, never a claim of a token.</summary>
    public const string AccountClaim = "identity:account";

    /// <summary>What the database is asked about the token; null when it is none of ours in form, which a verified one
    /// never is.</summary>
    public static AccessTokenReference? Read(ClaimsPrincipal principal)
    {
        if (
            principal.GetClaim(Claims.JwtId) is not { } tokenId
            || principal.GetClaim(Claims.ClientId) is not { } clientId
        )
            return null;
        // Only a person's token has a session: a client may call itself what it likes, even like a subject.
        if (principal.GetClaim(SessionClaims.SessionId) is not { } sid)
            return new(tokenId, clientId, null, null, null);
        return
            SubjectId.TryParse(principal.GetClaim(AccountClaim) ?? principal.GetClaim(Claims.Subject), out var subject)
            && Guid.TryParseExact(sid, "D", out var sessionId)
            && Guid.TryParseExact(principal.GetClaim(AccessTokenWriter.GrantIdClaim), "D", out var familyId)
            ? new(tokenId, clientId, subject.Value, sessionId, familyId)
            : null;
    }
}
