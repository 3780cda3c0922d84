using Identity.Core.Credentials;
using Identity.Core.Data;
using Identity.Core.Profile;

namespace Identity.Core.Grants;

/// <summary>Checks at userinfo and introspection whether the grant behind an access token is still valid
/// (TK-3).</summary>
public sealed class TokenSubjectReader(Database database)
{
    // A family with a session of its own outlives the browser's, so if there is a family, its session decides. A grant
    // without a refresh token has no family row unless its code was used twice; then there is a revoked one
    // (docs/decisions/0008). A token without a session was exchanged for a personal access token and ends with it: the
    // id of that token is its family.
    internal const string Select = $"""
        SELECT {SubjectProfileColumns.Select}
        FROM public.users u
        LEFT JOIN idp.token_families f ON f.id = @family
        LEFT JOIN public.sessions s ON s.id = coalesce(f.session_id, @session)
        WHERE u.id = @user AND {AccountState.MayAct}
          AND (f.id IS NULL OR (f.user_id = u.id AND f.revoked_at IS NULL))
          AND (@session IS NOT NULL OR f.id IS NOT NULL OR EXISTS (
              SELECT FROM idp.personal_access_tokens p
              WHERE p.id = @family AND p.user_id = u.id AND p.expires_at > now()))
          AND (coalesce(f.session_id, @session) IS NULL OR (s.user_id = u.id AND s.is_active AND s.expires_at > now()))
        """;

    /// <summary>The current state of a token's person; null if the account, the session or the family has ended. One
    /// command.</summary>
    /// <param name="userId">The token's <c>sub</c>.</param>
    /// <param name="sessionId">Its <c>sid</c>, if it has one.</param>
    /// <param name="familyId">Its family (<see cref="TokenGrant.FamilyId"/>), if it names one.</param>
    public Task<SubjectProfile?> ReadAsync(
        Guid userId,
        Guid? sessionId,
        Guid? familyId,
        CancellationToken cancellationToken
    ) =>
        database.QuerySingleOrDefaultAsync<SubjectProfile?>(
            Select,
            SubjectProfileColumns.Read,
            cancellationToken,
            ("user", userId),
            ("session", SqlNull.Uuid(sessionId)),
            ("family", SqlNull.Uuid(familyId))
        );
}
