using Identity.Core.Data;

namespace Identity.Core.Webhooks;

/// <summary>The changes of endpoints and deliveries, each in the transaction of an action.</summary>
internal static class WebhookRows
{
    public static Task InsertAsync(
        DatabaseTransaction transaction,
        Guid id,
        SoundWebhook webhook,
        byte[] secret,
        CancellationToken cancellationToken
    ) =>
        transaction.ExecuteAsync(
            """
            INSERT INTO idp.webhook_endpoints (id, url, description, event_types, secret_protected)
            VALUES (@id, @url, @description, @types, @secret)
            """,
            cancellationToken,
            ("id", id),
            ("url", webhook.Url.AbsoluteUri),
            ("description", webhook.Description),
            ("types", webhook.EventTypes),
            ("secret", secret)
        );

    /// <summary>Address, description and events of an endpoint. An endpoint that answered that it is gone stays
    /// disabled.</summary>
    public static async Task<bool> EditAsync(
        DatabaseTransaction transaction,
        Guid id,
        SoundWebhook webhook,
        CancellationToken cancellationToken
    ) =>
        await transaction.ExecuteAsync(
            """
            UPDATE idp.webhook_endpoints SET url = @url, description = @description, event_types = @types
            WHERE id = @id
            """,
            cancellationToken,
            ("id", id),
            ("url", webhook.Url.AbsoluteUri),
            ("description", webhook.Description),
            ("types", webhook.EventTypes)
        ) == 1;

    public static async Task<bool> EnableAsync(
        DatabaseTransaction transaction,
        Guid id,
        bool enabled,
        CancellationToken cancellationToken
    ) =>
        await transaction.ExecuteAsync(
            """
            UPDATE idp.webhook_endpoints SET is_enabled = @enabled, disabled_reason = NULL,
                disabled_at = CASE WHEN NOT @enabled THEN now() END
            WHERE id = @id
            """,
            cancellationToken,
            ("id", id),
            ("enabled", enabled)
        ) == 1;

    public static async Task<bool> DeleteAsync(
        DatabaseTransaction transaction,
        Guid id,
        CancellationToken cancellationToken
    ) =>
        await transaction.ExecuteAsync(
            "DELETE FROM idp.webhook_endpoints WHERE id = @id",
            cancellationToken,
            ("id", id)
        ) == 1;

    /// <summary>The secret so far signs too until the overlap ends; an older one stops at once.</summary>
    public static async Task<bool> RotateAsync(
        DatabaseTransaction transaction,
        Guid id,
        byte[] secret,
        TimeSpan overlap,
        CancellationToken cancellationToken
    ) =>
        await transaction.ExecuteAsync(
            """
            UPDATE idp.webhook_endpoints SET previous_secret_protected = secret_protected,
                previous_until = now() + @overlap, secret_protected = @secret
            WHERE id = @id
            """,
            cancellationToken,
            ("id", id),
            ("secret", secret),
            ("overlap", overlap)
        ) == 1;

    /// <summary>Sends the events of a span again, those that the endpoint acknowledged included. What still waits is
    /// left alone, so that two replays at once send each event once.</summary>
    public static Task<int> ReplayAsync(
        DatabaseTransaction transaction,
        Guid id,
        DateTimeOffset from,
        DateTimeOffset to,
        CancellationToken cancellationToken
    ) =>
        transaction.QuerySingleOrDefaultAsync(
            """
            WITH again AS (
                INSERT INTO idp.webhook_deliveries AS d (endpoint_id, event_seq, user_id)
                SELECT w.id, e.seq, e.user_id FROM idp.webhook_endpoints w, idp.events e
                WHERE w.id = @id AND w.is_enabled AND e.occurred_at >= @from AND e.occurred_at < @to
                    AND (w.event_types = '{}' OR e.type = ANY (w.event_types))
                ORDER BY e.seq
                ON CONFLICT (endpoint_id, event_seq) DO UPDATE SET delivered_at = NULL, abandoned_at = NULL,
                    attempts = 0, next_attempt_at = clock_timestamp(), created_at = clock_timestamp()
                WHERE d.delivered_at IS NOT NULL OR d.abandoned_at IS NOT NULL
                RETURNING 1),
                 told AS (SELECT pg_notify('identity_webhooks', ''))
            SELECT (SELECT count(*) FROM again)::integer FROM told
            """,
            static row => row.GetInt32(0),
            cancellationToken,
            ("id", id),
            ("from", from),
            ("to", to)
        );
}
