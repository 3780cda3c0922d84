using Identity.Core.Data;
using Identity.Core.Keys;
using Npgsql;

namespace Identity.Core.Grants;

/// <summary>Grants in <c>idp.grants</c>. A payload is encrypted with the master key, and bound to its
/// row.</summary>
public sealed class PersistedGrantStore(Database database, MasterKey master) : IPersistedGrantStore
{
    private const string Purpose = "persisted_grant";
    private const string Columns =
        "id, kind, key_hash, client_id, user_id, session_id, family_id, scopes, data, payload, created_at, "
        + "expires_at, consumed_at";
    private const string Open =
        "consumed_at IS NULL AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())";

    private const string Insert = """
        INSERT INTO idp.grants (id, kind, key_hash, client_id, user_id, session_id, family_id, scopes, data, payload,
            expires_at)
        VALUES (@id, @kind, @key, @client, @user, @session, @family, @scopes, @data, @payload, now() + @lifetime)
        """;

    private const string Consume = $"""
        UPDATE idp.grants SET consumed_at = clock_timestamp() WHERE kind = @kind AND key_hash = @key
            AND client_id = @client AND {Open} RETURNING {Columns}
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
