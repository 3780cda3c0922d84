using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Identity.Core.Data;

namespace Identity.Core.Denials;

/// <summary> Keeps refused requests for three days in <c>idp.denials</c>, by the digest of their correlation id. Of
/// several refusals with one id, for example when a client continues a trace, the last is kept.
/// </summary>
public sealed class DenialStore(Database database)
{
    private static readonly TimeSpan Kept = TimeSpan.FromDays(3);

    public Task SaveAsync(DeniedRequest denial, CancellationToken cancellationToken) =>
        database.ExecuteAsync(
            """
            INSERT INTO idp.denials (key_hash, client_id, data, expires_at) VALUES (@key, @client, @data, now() + @kept)
            ON CONFLICT (key_hash) DO UPDATE
            SET client_id = excluded.client_id, data = excluded.data, created_at = now(),
                expires_at = excluded.expires_at
            """,
            cancellationToken,
            ("key", KeyOf(denial.CorrelationId)),
            ("client", SqlNull.Text(denial.ClientId)),
            ("data", new Json(JsonSerializer.Serialize(denial))),
            ("kept", Kept)
        );

    /// <summary>Null if there is none or it is older than three days.</summary>
    public Task<DeniedRequest?> FindAsync(string correlationId, CancellationToken cancellationToken) =>
        database.QuerySingleOrDefaultAsync<DeniedRequest?>(
            "SELECT data FROM idp.denials WHERE key_hash = @key AND expires_at > now()",
            static row => JsonSerializer.Deserialize<DeniedRequest>(row.GetString(0)),
            cancellationToken,
            ("key", KeyOf(correlationId))
        );

    private static byte[] KeyOf(string correlationId) =>
        SHA256.HashData(Encoding.UTF8.GetBytes("denial:" + correlationId));
}
