using Identity.Core.Data;

namespace Identity.Core.Grants;

/// <summary>A refresh family as an operator sees it, live or ended.</summary>
/// <param name="LastUsed">When its newest token was created: the last refresh.</param>
/// <param name="Generations">The number of its tokens; each except the newest was exchanged for the next.</param>
/// <param name="EndReason">Why it ended; null if it has not ended or simply expired.</param>
public sealed record TokenFamily(
    Guid Id,
    Guid UserId,
    Guid SessionId,
    string ClientId,
    IReadOnlyList<string> Scopes,
    DateTimeOffset CreatedAt,
    DateTimeOffset LastUsed,
    int Generations,
    DateTimeOffset AbsoluteExpiresAt,
    DateTimeOffset? EndedAt,
    string? EndReason,
    bool IsLive
);

/// <summary>One generation of a family, for its diagram. No hash, no payload.</summary>
public sealed record RefreshGeneration(
    int Generation,
    DateTimeOffset CreatedAt,
    DateTimeOffset? UsedAt,
    DateTimeOffset? RevokedAt,
    DateTimeOffset ExpiresAt
);

/// <summary>Refresh families for operators: list them, show their history, end one.</summary>
public sealed class TokenFamilyStore(Database database)
{
    private const string Columns = """
        f.id, f.user_id, f.session_id, f.client_id, f.scopes, f.created_at, coalesce(newest.created_at, f.created_at),
            coalesce(newest.generation + 1, 0),
               f.absolute_expires_at, f.revoked_at, f.revoked_reason,
               f.revoked_at IS NULL AND f.absolute_expires_at > now() AND s.is_active AND s.expires_at > now()
                   AND coalesce(newest.used_at IS NULL AND newest.revoked_at IS NULL
                       AND newest.expires_at > now(), false)
        FROM idp.token_families f JOIN public.sessions s ON s.id = f.session_id
        LEFT JOIN LATERAL (SELECT t.* FROM public.refresh_tokens t WHERE t.family_id = f.id ORDER BY t.generation DESC
            LIMIT 1) newest ON true
        """;

    private const string OfUser =
        $"SELECT {Columns} WHERE f.user_id = @user ORDER BY coalesce(newest.created_at, f.created_at) DESC, f.id "
        + "LIMIT 200";
    private const string One = $"SELECT {Columns} WHERE f.id = @family";

    // A session of the family's own ends through the function that ends every session, which also ends the family.
    private const string EndOwnSession = """
        SELECT idp.end_sessions(ARRAY (SELECT s.id FROM idp.token_families f
            JOIN public.sessions s ON s.id = f.session_id
                                       WHERE f.id = @family AND f.revoked_at IS NULL AND s.client_id IS NOT NULL
                                           AND s.is_active), 'admin_revoked', NULL, NULL)
        """;

    /// <summary>The families of a person, most recently used first; at most 200.</summary>
    public async Task<IReadOnlyList<TokenFamily>> ListAsync(Guid userId, CancellationToken cancellationToken) =>
        await database.QueryAsync(OfUser, Read, cancellationToken, ("user", userId));

    /// <summary>One family; null if it does not exist or was deleted after its retention.</summary>
    public Task<TokenFamily?> FindAsync(Guid familyId, CancellationToken cancellationToken) =>
        database.QuerySingleOrDefaultAsync<TokenFamily?>(One, Read, cancellationToken, ("family", familyId));

    /// <summary>Ends a family in the transaction of an action, which writes the audit row. Its refresh token stops
    /// working, and its access tokens become inactive at introspection and userinfo.</summary>
    /// <returns>Whether there was anything to end.</returns>
    internal static async Task<bool> EndAsync(
        DatabaseTransaction transaction,
        Guid familyId,
        CancellationToken cancellationToken
    )
    {
        var ended = await transaction.QuerySingleOrDefaultAsync(
            EndOwnSession,
            static row => row.GetInt32(0),
            cancellationToken,
            ("family", familyId)
        );
        ended += await transaction.ExecuteAsync(
            FamilyStatements.EndOne,
            cancellationToken,
            ("family", familyId),
            ("reason", "admin_revoked")
        );
        await transaction.ExecuteAsync(FamilyStatements.EndTokens, cancellationToken, ("family", familyId));
        return ended > 0;
    }

    /// <summary>The newest generations of some families, oldest first, in one command: for the diagrams of a page,
    /// however long the families are.</summary>
    /// <param name="max">The maximum number per family.</param>
    public async Task<ILookup<Guid, RefreshGeneration>> GenerationsAsync(
        IReadOnlyCollection<Guid> familyIds,
        int max,
        CancellationToken cancellationToken
    ) =>
        (
            await database.QueryAsync(
                """
                SELECT f.id, t.generation, t.created_at, t.used_at, t.revoked_at, t.expires_at
                FROM unnest(@families) AS f (id) CROSS JOIN LATERAL (
                    SELECT generation, created_at, used_at, revoked_at, expires_at FROM public.refresh_tokens
                    WHERE family_id = f.id ORDER BY generation DESC LIMIT @max) t
                ORDER BY f.id, t.generation
                """,
                static row =>
                    (
                        Family: row.GetGuid(0),
                        Generation: new RefreshGeneration(
                            row.GetInt32(1),
                            row.GetFieldValue<DateTimeOffset>(2),
                            Time(row, 3),
                            Time(row, 4),
                            row.GetFieldValue<DateTimeOffset>(5)
                        )
                    ),
                cancellationToken,
                ("families", familyIds.ToArray()),
                ("max", max)
            )
        ).ToLookup(static row => row.Family, static row => row.Generation);

    private static DateTimeOffset? Time(Npgsql.NpgsqlDataReader row, int column) =>
        row.IsDBNull(column) ? null : row.GetFieldValue<DateTimeOffset>(column);

    private static TokenFamily Read(Npgsql.NpgsqlDataReader row) =>
        new(
            row.GetGuid(0),
            row.GetGuid(1),
            row.GetGuid(2),
            row.GetString(3),
            row.GetFieldValue<string[]>(4),
            row.GetFieldValue<DateTimeOffset>(5),
            row.GetFieldValue<DateTimeOffset>(6),
            row.GetInt32(7),
            row.GetFieldValue<DateTimeOffset>(8),
            row.IsDBNull(9) ? null : row.GetFieldValue<DateTimeOffset>(9),
            row.IsDBNull(10) ? null : row.GetString(10),
            row.GetBoolean(11)
        );
}
