using Identity.Core.Data;
using Identity.Core.Deliveries;
using Npgsql;

namespace Identity.Core.Webhooks;

/// <summary>Where an endpoint is, and the secrets that sign its requests, newest first.</summary>
internal sealed record WebhookTarget(Guid Id, Uri Url, IReadOnlyList<byte[]> Secrets);

/// <summary>The deliverer's view of the ledger.</summary>
internal sealed class WebhookDeliveryStore(Database database)
{
    // A row waits until every transaction that began before its own has ended: none commits an earlier event after it.
    // After ten minutes it leaves in any case: a restored backup carries the transaction numbers of another server.
    private const string Ready =
        "(d.xact < pg_snapshot_xmin(pg_current_snapshot()) OR d.created_at < now() - interval '10 minutes')";

    // Events of one person leave in order: a later one waits until the earlier one is acknowledged or given up.
    private const string Follows = """
        NOT EXISTS (SELECT FROM idp.webhook_deliveries p
            WHERE p.endpoint_id = d.endpoint_id AND p.user_id = d.user_id AND p.event_seq < d.event_seq
                AND p.delivered_at IS NULL AND p.abandoned_at IS NULL)
        """;

    private static readonly DeliveryColumns Columns = new(
        "idp.webhook_deliveries",
        "SELECT id AS receiver FROM idp.webhook_endpoints",
        "d.endpoint_id",
        """
        c.id, c.endpoint_id, c.attempts,
            (SELECT e.id FROM idp.events e WHERE e.seq = c.event_seq),
            (SELECT e.type FROM idp.events e WHERE e.seq = c.event_seq),
            c.user_id,
            (SELECT e.data::text FROM idp.events e WHERE e.seq = c.event_seq),
            (SELECT e.occurred_at FROM idp.events e WHERE e.seq = c.event_seq)
        """,
        "d.event_seq"
    )
    {
        Ready = Ready,
        Follows = Follows,
    };

    /// <summary>The shared statements.</summary>
    public DeliveryTable<Guid> Table { get; } = new(database, Columns);

    public Task<List<WebhookDelivery>> ClaimAsync(Guid endpointId, int most, CancellationToken cancellationToken) =>
        Table.ClaimAsync(endpointId, most, Map, cancellationToken);

    /// <summary>The enabled endpoint; null if it is disabled or gone.</summary>
    public Task<WebhookTarget?> FindAsync(Guid endpointId, CancellationToken cancellationToken) =>
        FindAsync(endpointId, onlyEnabled: true, cancellationToken);

    public Task<WebhookTarget?> FindAsync(Guid endpointId, bool onlyEnabled, CancellationToken cancellationToken) =>
        database.QuerySingleOrDefaultAsync<WebhookTarget?>(
            """
            SELECT id, url, secret_protected, CASE WHEN previous_until > now() THEN previous_secret_protected END
            FROM idp.webhook_endpoints WHERE id = @id AND (is_enabled OR NOT @enabled)
            """,
            static row =>
                new(
                    row.GetGuid(0),
                    new Uri(row.GetString(1), UriKind.Absolute),
                    row.IsDBNull(3)
                        ? [row.GetFieldValue<byte[]>(2)]
                        : [row.GetFieldValue<byte[]>(2), row.GetFieldValue<byte[]>(3)]
                ),
            cancellationToken,
            ("id", endpointId),
            ("enabled", onlyEnabled)
        );

    /// <summary>Gives up what waits for an endpoint that is disabled. A replay brings it back.</summary>
    public Task GiveUpAsync(Guid endpointId, CancellationToken cancellationToken) =>
        database.ExecuteAsync(
            """
            UPDATE idp.webhook_deliveries SET abandoned_at = clock_timestamp(), last_error = 'the endpoint is disabled'
            WHERE endpoint_id = @id AND delivered_at IS NULL AND abandoned_at IS NULL
            """,
            cancellationToken,
            ("id", endpointId)
        );

    /// <summary>The endpoint answered 410: it gets no more events until an operator enables it.</summary>
    public Task<int> DisableAsync(Guid endpointId, string reason, CancellationToken cancellationToken) =>
        database.ExecuteAsync(
            """
            UPDATE idp.webhook_endpoints SET is_enabled = false, disabled_at = now(), disabled_reason = @reason
            WHERE id = @id AND is_enabled
            """,
            cancellationToken,
            ("id", endpointId),
            ("reason", reason)
        );

    private static WebhookDelivery Map(NpgsqlDataReader row) =>
        new(
            row.GetGuid(0),
            row.GetGuid(1),
            row.GetInt32(2),
            new(
                row.GetGuid(3),
                row.GetString(4),
                row.IsDBNull(5) ? null : row.GetGuid(5),
                row.GetString(6),
                row.GetFieldValue<DateTimeOffset>(7)
            )
        );
}
