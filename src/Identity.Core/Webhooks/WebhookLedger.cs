using Identity.Core.Data;
using Npgsql;

namespace Identity.Core.Webhooks;

/// <summary>The state of a delivery.</summary>
public enum WebhookState
{
    /// <summary>Not acknowledged yet; it is being tried or will be.</summary>
    Waiting,

    /// <summary>The endpoint has acknowledged it.</summary>
    Delivered,

    /// <summary>Given up.</summary>
    Abandoned,
}

/// <summary>A delivery as an operator sees it.</summary>
public sealed record WebhookLedgerEntry(
    Guid Id,
    Guid EventId,
    string Type,
    Guid? UserId,
    WebhookState State,
    int Attempts,
    int? LastStatus,
    string? LastError,
    DateTimeOffset OccurredAt,
    DateTimeOffset CreatedAt,
    DateTimeOffset? NextAttemptAt,
    DateTimeOffset? DeliveredAt
);

/// <summary>Reads endpoints, events and deliveries.</summary>
public sealed class WebhookLedger(Database database)
{
    private const int MaxRows = 500;

    private const string Endpoints = """
        SELECT id, url, description, event_types, is_enabled,
            CASE WHEN previous_until > now() THEN previous_until END, created_at, disabled_reason
        FROM idp.webhook_endpoints
        """;

    /// <summary>The names of all events, sorted.</summary>
    public Task<List<string>> EventTypesAsync(CancellationToken cancellationToken) =>
        database.QueryAsync(
            "SELECT DISTINCT name FROM idp.event_types ORDER BY name",
            static row => row.GetString(0),
            cancellationToken
        );

    /// <summary>All endpoints, oldest first.</summary>
    internal Task<List<WebhookEndpoint>> EndpointsAsync(CancellationToken cancellationToken) =>
        database.QueryAsync($"{Endpoints} ORDER BY created_at, id", ReadEndpoint, cancellationToken);

    /// <summary>One endpoint; null if it does not exist.</summary>
    internal Task<WebhookEndpoint?> EndpointAsync(Guid id, CancellationToken cancellationToken) =>
        database.QuerySingleOrDefaultAsync<WebhookEndpoint?>(
            $"{Endpoints} WHERE id = @id",
            ReadEndpoint,
            cancellationToken,
            ("id", id)
        );

    /// <summary>The deliveries of an endpoint, newest first, at most 500.</summary>
    /// <param name="after">The position of the last entry of the previous page; null for the newest.</param>
    internal Task<List<WebhookLedgerEntry>> DeliveriesAsync(
        Guid endpointId,
        int most,
        ListPlace? after,
        CancellationToken cancellationToken
    ) =>
        database.QueryAsync(
            """
            SELECT d.id, e.id, e.type, d.user_id, d.attempts, d.last_status, d.last_error, e.occurred_at, d.created_at,
                d.next_attempt_at, d.delivered_at, d.abandoned_at IS NOT NULL
            FROM idp.webhook_deliveries d JOIN idp.events e ON e.seq = d.event_seq
            WHERE d.endpoint_id = @endpoint AND (@at IS NULL OR (d.created_at, d.id) < (@at, @after))
            ORDER BY d.created_at DESC, d.id DESC LIMIT @most
            """,
            ReadEntry,
            cancellationToken,
            ("endpoint", endpointId),
            ("at", SqlNull.Time(after?.At)),
            ("after", SqlNull.Uuid(after?.Id)),
            ("most", Math.Clamp(most, 1, MaxRows))
        );

    private static WebhookEndpoint ReadEndpoint(NpgsqlDataReader row) =>
        new(
            row.GetGuid(0),
            new Uri(row.GetString(1), UriKind.Absolute),
            row.GetString(2),
            row.GetFieldValue<string[]>(3),
            row.GetBoolean(4),
            row.IsDBNull(5) ? null : row.GetFieldValue<DateTimeOffset>(5),
            row.GetFieldValue<DateTimeOffset>(6),
            row.IsDBNull(7) ? null : row.GetString(7)
        );

    private static WebhookLedgerEntry ReadEntry(NpgsqlDataReader row)
    {
        var delivered = row.IsDBNull(10) ? (DateTimeOffset?)null : row.GetFieldValue<DateTimeOffset>(10);
        var state =
            delivered is not null ? WebhookState.Delivered
            : row.GetBoolean(11) ? WebhookState.Abandoned
            : WebhookState.Waiting;
        return new(
            row.GetGuid(0),
            row.GetGuid(1),
            row.GetString(2),
            row.IsDBNull(3) ? null : row.GetGuid(3),
            state,
            row.GetInt32(4),
            row.IsDBNull(5) ? null : row.GetInt32(5),
            row.IsDBNull(6) ? null : row.GetString(6),
            row.GetFieldValue<DateTimeOffset>(7),
            row.GetFieldValue<DateTimeOffset>(8),
            state == WebhookState.Waiting ? row.GetFieldValue<DateTimeOffset>(9) : null,
            delivered
        );
    }
}
