using Identity.Core.Data;
using Identity.Core.Keys;
using Identity.Core.Primitives;

namespace Identity.Core.Grants;

/// <summary> Authorization requests that wait for the person (RFC 9101, RFC 9126), in <c>idp.begun_requests</c>. A
/// request is found by a token that only this browser's return URL carries; the parameters are encrypted with the
/// master key and bound to that token.
/// </summary>
public sealed class BegunRequestStore(Database database, MasterKey master)
{
    private const string Purpose = "begun_request";

    /// <summary>Stores the parameters for <paramref name="lifetime"/> and returns the token.</summary>
    public async Task<OpaqueToken> BeginAsync(
        string clientId,
        byte[] parameters,
        TimeSpan lifetime,
        CancellationToken cancellationToken
    )
    {
        var token = OpaqueToken.Create();
        await database.ExecuteAsync(
            """
            INSERT INTO idp.begun_requests (token_hash, client_id, parameters_protected, expires_at)
            VALUES (@hash, @client, @parameters, now() + @lifetime)
            """,
            cancellationToken,
            ("hash", token.Digest),
            ("client", clientId),
            ("parameters", master.Protect(Purpose, BindTo(token), parameters)),
            ("lifetime", lifetime)
        );
        return token;
    }

    /// <summary>Consumes a pushed request and stores its parameters under <paramref name="token"/>. Of any number of
    /// callers, one gets true. One statement, so that later callers find the request that the first one
    /// began.</summary>
    public async Task<bool> BeginPushedAsync(
        PersistedGrant pushed,
        OpaqueToken token,
        TimeSpan lifetime,
        CancellationToken cancellationToken
    ) =>
        await database.ExecuteAsync(
            $"""
            WITH taken AS (
                UPDATE idp.grants SET consumed_at = clock_timestamp()
                WHERE id = @id AND kind = '{GrantKind.PushedRequest}' AND consumed_at IS NULL AND revoked_at IS NULL
                    AND expires_at > now()
                RETURNING client_id
            )
            INSERT INTO idp.begun_requests (token_hash, client_id, parameters_protected, expires_at)
            SELECT @hash, client_id, @parameters, now() + @lifetime FROM taken
            """,
            cancellationToken,
            ("id", pushed.Id),
            ("hash", token.Digest),
            ("parameters", master.Protect(Purpose, BindTo(token), pushed.Payload!)),
            ("lifetime", lifetime)
        ) == 1;

    /// <summary>The parameters of a request of this client; null if it is unknown, another client's, finished or
    /// expired.</summary>
    public async Task<byte[]?> FindAsync(OpaqueToken token, string clientId, CancellationToken cancellationToken) =>
        await database.QuerySingleOrDefaultAsync<byte[]?>(
            """
            SELECT parameters_protected FROM idp.begun_requests
            WHERE token_hash = @hash AND client_id = @client AND expires_at > now()
            """,
            static row => row.GetFieldValue<byte[]>(0),
            cancellationToken,
            ("hash", token.Digest),
            ("client", clientId)
        )
            is { } kept
            ? master.Unprotect(Purpose, BindTo(token), kept)
            : null;

    /// <summary>Finishes a request: of any number of callers, one gets true.</summary>
    public async Task<bool> FinishAsync(OpaqueToken token, string clientId, CancellationToken cancellationToken) =>
        await database.ExecuteAsync(
            "DELETE FROM idp.begun_requests WHERE token_hash = @hash AND client_id = @client AND expires_at > now()",
            cancellationToken,
            ("hash", token.Digest),
            ("client", clientId)
        ) == 1;

    private static string BindTo(OpaqueToken token) => Convert.ToHexStringLower(token.Digest.Value);
}
