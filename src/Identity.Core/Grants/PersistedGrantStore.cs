using Identity.Core.Data;
using Identity.Core.Keys;
using Npgsql;

namespace Identity.Core.Grants;

/// <summary>Grants in <c>idp.grants</c>. A payload is closed with the master key and opens in its own row
/// only.</summary>
public sealed class PersistedGrantStore(Database database, MasterKey master) : IPersistedGrantStore
{
    private const string Purpose = "persisted_grant";
    private const string Columns =
        "id, kind, key_hash, client_id, user_id, session_id, family_id, scopes, data, payload, created_at, expires_at, consumed_at";
    private const string Open =
        "consumed_at IS NULL AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())";

    private const string Filter = """
        (@user IS NULL OR user_id = @user) AND (@session IS NULL OR session_id = @session) AND (@client IS NULL OR client_id = @client)
        """;

    private const string Insert = """
        INSERT INTO idp.grants (id, kind, key_hash, client_id, user_id, session_id, family_id, scopes, data, payload, expires_at)
        VALUES (@id, @kind, @key, @client, @user, @session, @family, @scopes, @data, @payload, now() + @lifetime)
        """;

    private const string Consume = $"""
        UPDATE idp.grants SET consumed_at = clock_timestamp() WHERE kind = @kind AND key_hash = @key AND client_id = @client AND {Open} RETURNING {Columns}
        """;

    private const string RevokeGrants = $"""
        UPDATE idp.grants SET revoked_at = now() WHERE {Filter} AND (@kind IS NULL OR kind = @kind) AND revoked_at IS NULL
        """;

    // The sessions which only these families have end with them, by the one function for every end of a session.
    private const string RevokeOwnSessions = $"""
        SELECT idp.end_sessions(ARRAY (
            SELECT id FROM public.sessions WHERE client_id IS NOT NULL AND is_active
              AND id IN (SELECT session_id FROM idp.token_families WHERE {Filter} AND revoked_at IS NULL) ORDER BY id), 'revoked')
        """;

    private const string RevokeFamilies = $"""
        WITH ended AS (
            UPDATE idp.token_families SET revoked_at = now(), revoked_reason = @reason WHERE {Filter} AND revoked_at IS NULL RETURNING id),
        tokens AS (
            UPDATE public.refresh_tokens t SET revoked_at = now() FROM ended
            WHERE t.family_id = ended.id AND t.used_at IS NULL AND t.revoked_at IS NULL)
        SELECT count(*)::int FROM ended
        """;

    public Task StoreAsync(PersistedGrant grant, TimeSpan? lifetime, CancellationToken cancellationToken) =>
        database.ExecuteAsync(
            Insert,
            cancellationToken,
            ("id", grant.Id),
            ("kind", grant.Kind),
            ("key", SqlNull.Bytes(grant.KeyHash)),
            ("client", grant.ClientId),
            ("user", SqlNull.Uuid(grant.UserId)),
            ("session", SqlNull.Uuid(grant.SessionId)),
            ("family", SqlNull.Uuid(grant.FamilyId)),
            ("scopes", grant.Scopes.ToArray()),
            ("data", new Json(grant.Data)),
            (
                "payload",
                SqlNull.Bytes(
                    grant.Payload is null ? null : master.Protect(Purpose, grant.Id.ToString(), grant.Payload)
                )
            ),
            ("lifetime", lifetime ?? (object)new SqlNull(NpgsqlTypes.NpgsqlDbType.Interval))
        );

    public Task<PersistedGrant?> FindAsync(string kind, byte[] keyHash, CancellationToken cancellationToken) =>
        database.QuerySingleOrDefaultAsync<PersistedGrant?>(
            $"SELECT {Columns} FROM idp.grants WHERE kind = @kind AND key_hash = @key AND {Open}",
            Read,
            cancellationToken,
            ("kind", kind),
            ("key", keyHash)
        );

    public Task<PersistedGrant?> ConsumeAsync(
        string kind,
        byte[] keyHash,
        string clientId,
        CancellationToken cancellationToken
    ) =>
        database.QuerySingleOrDefaultAsync<PersistedGrant?>(
            Consume,
            Read,
            cancellationToken,
            ("kind", kind),
            ("key", keyHash),
            ("client", clientId)
        );

    public async Task<IReadOnlyList<PersistedGrant>> ListAsync(
        PersistedGrantFilter filter,
        CancellationToken cancellationToken
    )
    {
        RefuseEmpty(filter);
        return await database.QueryAsync(
            $"SELECT {Columns} FROM idp.grants WHERE {Filter} AND (@kind IS NULL OR kind = @kind) AND {Open} ORDER BY created_at, id",
            Read,
            cancellationToken,
            [.. Parameters(filter), ("kind", SqlNull.Text(filter.Kind))]
        );
    }

    /// <inheritdoc />
    /// <remarks>Refresh families are meant by a filter that names no kind. They are ended after the grants, so that a
    /// code in flight cannot leave one behind.</remarks>
    public Task<int> RevokeAsync(PersistedGrantFilter filter, string reason, CancellationToken cancellationToken)
    {
        RefuseEmpty(filter);
        var parameters = Parameters(filter);
        return database.InTransactionAsync(
            async (transaction, cancel) =>
            {
                var ended = await transaction.ExecuteAsync(
                    RevokeGrants,
                    cancel,
                    [.. parameters, ("kind", SqlNull.Text(filter.Kind))]
                );
                if (filter.Kind is not null)
                    return ended;
                var ownSessions = await transaction.QuerySingleOrDefaultAsync(
                    RevokeOwnSessions,
                    static row => row.GetInt32(0),
                    cancel,
                    parameters
                );
                return ended
                    + ownSessions
                    + await transaction.QuerySingleOrDefaultAsync(
                        RevokeFamilies,
                        static row => row.GetInt32(0),
                        cancel,
                        [.. parameters, ("reason", reason)]
                    );
            },
            cancellationToken
        );
    }

    private static void RefuseEmpty(PersistedGrantFilter filter)
    {
        if (filter is { UserId: null, SessionId: null, ClientId: null })
            throw new ArgumentException("A filter names a person, a session or a client.", nameof(filter));
    }

    private static (string Name, object? Value)[] Parameters(PersistedGrantFilter filter) =>
        [
            ("user", SqlNull.Uuid(filter.UserId)),
            ("session", SqlNull.Uuid(filter.SessionId)),
            ("client", SqlNull.Text(filter.ClientId)),
        ];

    private PersistedGrant Read(NpgsqlDataReader row) =>
        new()
        {
            Id = row.GetGuid(0),
            Kind = row.GetString(1),
            KeyHash = row.IsDBNull(2) ? null : row.GetFieldValue<byte[]>(2),
            ClientId = row.GetString(3),
            UserId = row.IsDBNull(4) ? null : row.GetGuid(4),
            SessionId = row.IsDBNull(5) ? null : row.GetGuid(5),
            FamilyId = row.IsDBNull(6) ? null : row.GetGuid(6),
            Scopes = row.GetFieldValue<string[]>(7),
            Data = row.GetString(8),
            Payload = row.IsDBNull(9)
                ? null
                : master.Unprotect(Purpose, row.GetGuid(0).ToString(), row.GetFieldValue<byte[]>(9)),
            CreatedAt = row.GetFieldValue<DateTimeOffset>(10),
            ExpiresAt = row.IsDBNull(11) ? null : row.GetFieldValue<DateTimeOffset>(11),
            ConsumedAt = row.IsDBNull(12) ? null : row.GetFieldValue<DateTimeOffset>(12),
        };
}
