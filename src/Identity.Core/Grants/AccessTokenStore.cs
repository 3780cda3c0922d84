using Identity.Core.Audit;
using Identity.Core.Data;
using Identity.Core.Profile;

namespace Identity.Core.Grants;

/// <summary>The claims of an access token whose signature was verified.</summary>
/// <param name="TokenId">Its <c>jti</c>.</param>
/// <param name="ClientId">To whom it was issued.</param>
/// <param name="UserId">Its person; null for a client's own token.</param>
/// <param name="SessionId">Its <c>sid</c>.</param>
/// <param name="FamilyId">The grant that issued it (<see cref="TokenGrant.FamilyId"/>).</param>
public sealed record AccessTokenReference(
    string TokenId,
    string ClientId,
    Guid? UserId,
    Guid? SessionId,
    Guid? FamilyId
);

/// <summary>Whether an access token is still active; <paramref name="Subject"/> is the person's current state, null for
/// a client's own token.</summary>
public sealed record AccessTokenState(bool IsActive, SubjectProfile? Subject);

/// <summary> Access tokens are self-contained and have no row. Userinfo and introspection check here what may have
/// ended before the token expires (TK-3): account, session, grant, and the token itself if it was revoked (RFC 7009); a
/// digest of it is kept until it would have expired.
/// </summary>
public sealed class AccessTokenStore(Database database)
{
    private const string Purpose = "revoked_access_token";

    private const string NotRevoked =
        "NOT EXISTS (SELECT FROM idp.replay_guard r WHERE r.key_hash = @revocation AND r.expires_at > now())";

    private const string ReadPerson = TokenSubjectReader.Select + " AND " + NotRevoked;

    private const string ReadClient = "SELECT " + NotRevoked;

    private const string Revoke = """
        WITH revoked AS (
            INSERT INTO idp.replay_guard (key_hash, expires_at) VALUES (@revocation, now() + @remaining)
                ON CONFLICT (key_hash) DO NOTHING RETURNING key_hash)
        INSERT INTO public.audit_logs (user_id, event_type, event_status, ip_address, user_agent, details)
        SELECT @user, 'token_revoked', 'success', @ip, @user_agent, jsonb_build_object('client_id', @client,
            'family_id', @family, 'token', 'access_token') FROM revoked
        """;

    /// <summary>One command.</summary>
    public async Task<AccessTokenState> ReadAsync(AccessTokenReference token, CancellationToken cancellationToken)
    {
        if (token.UserId is not { } userId)
            return new(
                await database.QuerySingleOrDefaultAsync(
                    ReadClient,
                    static row => row.GetBoolean(0),
                    cancellationToken,
                    ("revocation", KeyOf(token))
                ),
                null
            );
        var subject = await database.QuerySingleOrDefaultAsync<SubjectProfile?>(
            ReadPerson,
            SubjectProfileColumns.Read,
            cancellationToken,
            ("user", userId),
            ("session", SqlNull.Uuid(token.SessionId)),
            ("family", SqlNull.Uuid(token.FamilyId)),
            ("revocation", KeyOf(token))
        );
        return new(subject is not null, subject);
    }

    /// <summary>Revokes this token at once; its grant continues. Idempotent. One command.</summary>
    /// <param name="remaining">The remaining lifetime of the token.</param>
    public Task RevokeAsync(
        AccessTokenReference token,
        TimeSpan remaining,
        RequestContext? request,
        CancellationToken cancellationToken
    )
    {
        var (ip, userAgent) = GrantAudit.Origin(request);
        return database.ExecuteAsync(
            Revoke,
            cancellationToken,
            ("revocation", KeyOf(token)),
            ("remaining", remaining),
            ("user", SqlNull.Uuid(token.UserId)),
            ("ip", ip),
            ("user_agent", userAgent),
            ("client", token.ClientId),
            ("family", SqlNull.Uuid(token.FamilyId))
        );
    }

    private static byte[] KeyOf(AccessTokenReference token) =>
        ReplayGuard.KeyOf(Purpose, token.ClientId, token.TokenId);
}
