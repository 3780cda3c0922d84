using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Identity.Core.Data;

namespace Identity.Core.Denials;

/// <summary>
/// Refused requests by their correlation id, three days long: rows of kind <c>denial</c> in <c>idp.grants</c>, which is
/// keyed by a digest and cleaned by expiry. Of
/// several refusals under one id, as when a client goes on with one trace, the last is kept.
/// </summary>
public sealed class DenialStore(Database database)
{
    private static readonly TimeSpan Kept = TimeSpan.FromDays(3);

    public Task SaveAsync(DeniedRequest denial, CancellationToken cancellationToken) =>
        database.ExecuteAsync(
            """
            INSERT INTO idp.grants (id, kind, key_hash, client_id, data, expires_at) VALUES (@id, 'denial', @key, @client, @data, now() + @kept)
            ON CONFLICT (key_hash) DO UPDATE SET client_id = excluded.client_id, data = excluded.data, expires_at = excluded.expires_at
            """,
            cancellationToken,
            ("id", Guid.CreateVersion7()),
            ("key", KeyOf(denial.CorrelationId)),
            ("client", denial.ClientId ?? ""),
            ("data", new Json(JsonSerializer.Serialize(denial))),
            ("kept", Kept)
        );

    /// <summary>Null when there is none, or it is older than three days.</summary>
    public Task<DeniedRequest?> FindAsync(string correlationId, CancellationToken cancellationToken) =>
        database.QuerySingleOrDefaultAsync<DeniedRequest?>(
            "SELECT data FROM idp.grants WHERE key_hash = @key AND kind = 'denial' AND expires_at > now()",
            static row => JsonSerializer.Deserialize<DeniedRequest>(row.GetString(0)),
            cancellationToken,
            ("key", KeyOf(correlationId))
        );

    private static byte[] KeyOf(string correlationId) =>
        SHA256.HashData(Encoding.UTF8.GetBytes("denial:" + correlationId));
}
