using System.Buffers.Text;
using System.Security.Claims;
using System.Text.Json;
using Identity.Core.Grants;
using Identity.Core.Primitives;
using Identity.Server.Protocol.Tokens.IdTokens;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Identity.Server.Protocol.Tokens.AccessTokens;

/// <summary>Reads the claims of an access token of this provider, whose signature, type, issuer and lifetime the engine
/// has verified.</summary>
internal static class AccessTokenReader
{
    /// <summary>The claims of a verified token with objects and lists intact, which the engine's principal
    /// splits.</summary>
    public static JsonElement ClaimsOf(string verifiedToken) =>
        JsonElement.Parse(Base64Url.DecodeFromChars(verifiedToken.Split('.')[1]));

    /// <summary>The account, if the token's <c>sub</c> is pairwise: added to the principal by <see
    /// cref="Subjects.ResolvePairwiseSubject"/>, never a claim of a token.</summary>
    public const string AccountClaim = "identity:account";

    /// <summary>The query for the database; null if the token has an unknown form, which a verified one never
    /// has.</summary>
    public static AccessTokenReference? Read(ClaimsPrincipal principal)
    {
        if (
            principal.FindFirst(Claims.JwtId)?.Value is not { } tokenId
            || principal.FindFirst(Claims.ClientId)?.Value is not { } clientId
        )
            return null;
        // Only a person's token has a grant: a client may have any id, even one that looks like a subject.
        if (principal.FindFirst(AccessTokenWriter.GrantIdClaim)?.Value is not { } grantId)
            return new(tokenId, clientId, null, null, null);
        return
            SubjectId.TryParse(
                principal.FindFirst(AccountClaim)?.Value ?? principal.FindFirst(Claims.Subject)?.Value,
                out var subject
            )
            && Guid.TryParseExact(grantId, "D", out var familyId)
            && TryReadSession(principal.FindFirst(SessionClaims.SessionId)?.Value, out var sessionId)
            ? new(tokenId, clientId, subject.Value, sessionId, familyId)
            : null;
    }

    // A token that was exchanged for a personal access token has no session.
    private static bool TryReadSession(string? sid, out Guid? session)
    {
        session = Guid.TryParseExact(sid, "D", out var id) ? id : null;
        return sid is null || session is not null;
    }
}
