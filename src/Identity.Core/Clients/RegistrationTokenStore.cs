using Identity.Core.Audit;
using Identity.Core.Data;
using Identity.Core.Primitives;

namespace Identity.Core.Clients;

/// <summary> The tokens of dynamic client registration: initial access tokens, which an operator hands out and which
/// have a number of uses (RFC 7591 section 3), and one registration access token for each client registered this way
/// (RFC 7592). Stored as SHA-256.
/// </summary>
public sealed class RegistrationTokenStore(Database database)
{
    /// <summary>Creates an initial access token. Null means no limit. The description is at most 200
    /// characters.</summary>
    public async Task<OpaqueToken> CreateInitialAsync(
        string? description,
        int? uses,
        TimeSpan? lifetime,
        RequestContext by,
        CancellationToken cancellationToken
    )
    {
        var token = OpaqueToken.Create();
        await database.ExecuteAsync(
            """
            WITH made AS (
                INSERT INTO idp.registration_tokens (token_hash, description, uses_left, expires_at)
                    VALUES (@hash, @description, @uses, clock_timestamp() + @lifetime)
                RETURNING uses_left, expires_at)
            INSERT INTO public.audit_logs (event_type, event_status, ip_address, user_agent, details)
            SELECT 'registration_token_created', 'success', @ip, @user_agent,
                jsonb_build_object('uses', uses_left, 'expires_at', expires_at) FROM made
            """,
            cancellationToken,
            ("ip", SqlNull.Inet(by.IpAddress)),
            ("user_agent", SqlNull.Text(AuditLog.CutUserAgent(by.UserAgent))),
            ("hash", token.Digest),
            ("description", SqlNull.Text(description)),
            ("uses", uses ?? (object)new SqlNull(NpgsqlTypes.NpgsqlDbType.Integer)),
            ("lifetime", lifetime ?? (object)new SqlNull(NpgsqlTypes.NpgsqlDbType.Interval))
        );
        return token;
    }

    /// <summary>Consumes one use of an initial access token in one statement, so that a token with one use registers
    /// one client even if two requests race.</summary>
    public static async Task<bool> TryUseInitialAsync(
        DatabaseTransaction transaction,
        string? presented,
        CancellationToken cancellationToken
    ) =>
        OpaqueToken.TryParse(presented, out var token)
        && await transaction.ExecuteAsync(
            """
            UPDATE idp.registration_tokens SET uses_left = uses_left - 1
            WHERE token_hash = @hash AND client_id IS NULL AND (expires_at IS NULL OR expires_at > clock_timestamp())
                AND (uses_left IS NULL OR uses_left > 0)
            """,
            cancellationToken,
            ("hash", token.Digest)
        ) == 1;

    /// <summary>Creates a client's registration access token; a former one stops working.</summary>
    public static async Task<OpaqueToken> IssueForClientAsync(
        DatabaseTransaction transaction,
        string clientId,
        CancellationToken cancellationToken
    )
    {
        var token = OpaqueToken.Create();
        await transaction.ExecuteAsync(
            """
            INSERT INTO idp.registration_tokens (token_hash, client_id) VALUES (@hash, @client)
                ON CONFLICT (client_id) DO UPDATE SET token_hash = excluded.token_hash, created_at = now()
            """,
            cancellationToken,
            ("hash", token.Digest),
            ("client", clientId)
        );
        return token;
    }

    /// <summary> Replaces the presented registration access token with a new one (RFC 7592 section 3.1) in one
    /// statement: of two requests that present it at once, one succeeds.
    /// </summary>
    public static async Task<OpaqueToken?> RotateAsync(
        DatabaseTransaction transaction,
        string? presented,
        string clientId,
        CancellationToken cancellationToken
    )
    {
        var fresh = OpaqueToken.Create();
        return
            OpaqueToken.TryParse(presented, out var token)
            && await transaction.ExecuteAsync(
                "UPDATE idp.registration_tokens SET token_hash = @fresh, created_at = now() "
                    + "WHERE token_hash = @hash AND client_id = @client",
                cancellationToken,
                ("fresh", fresh.Digest),
                ("hash", token.Digest),
                ("client", clientId)
            ) == 1
            ? fresh
            : null;
    }

    /// <summary>Whether the token manages this client (RFC 7592 section 3). A removed client has no token.</summary>
    public async Task<bool> ManagesAsync(string? presented, string clientId, CancellationToken cancellationToken) =>
        OpaqueToken.TryParse(presented, out var token)
        && await database.QuerySingleOrDefaultAsync(
            "SELECT true FROM idp.registration_tokens WHERE token_hash = @hash AND client_id = @client",
            static row => row.GetBoolean(0),
            cancellationToken,
            ("hash", token.Digest),
            ("client", clientId)
        );
}
