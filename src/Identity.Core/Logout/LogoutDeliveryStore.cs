using Identity.Core.Data;
using Identity.Core.Deliveries;
using Npgsql;

namespace Identity.Core.Logout;

/// <summary>The deliverer's view of the ledger.</summary>
public sealed class LogoutDeliveryStore(Database database)
{
    private static readonly DeliveryColumns Columns = new(
        "idp.logout_deliveries",
        "client_id",
        "c.id, c.session_id, c.user_id, c.client_id, c.reason, c.created_at, c.attempts",
        "true",
        "d.next_attempt_at"
    );

    private readonly DeliveryTable<string> _table = new(database, Columns);

    /// <summary>The clients with due messages, except those that this instance is serving.</summary>
    public Task<List<string>> DueClientsAsync(string[] busy, CancellationToken cancellationToken) =>
        _table.DueAsync(busy, cancellationToken);

    /// <summary>The time until the next message is due; null if there is none.</summary>
    public Task<TimeSpan?> UntilNextAsync(string[] busy, CancellationToken cancellationToken) =>
        _table.UntilNextAsync(busy, cancellationToken);

    /// <summary>Claims due messages of a client for a lease.</summary>
    public Task<List<LogoutDelivery>> ClaimAsync(string clientId, int most, CancellationToken cancellationToken) =>
        _table.ClaimAsync(clientId, most, Map, cancellationToken);

    /// <summary>The client acknowledged.</summary>
    public Task AcknowledgeAsync(LogoutDelivery delivery, int status, CancellationToken cancellationToken) =>
        _table.AcknowledgeAsync(delivery.Id, status, cancellationToken);

    /// <summary>The attempt failed: it is repeated, or given up if the message is too old.</summary>
    public Task FailAsync(
        LogoutDelivery delivery,
        LogoutAnswer answer,
        TimeSpan pause,
        TimeSpan giveUpAfter,
        CancellationToken cancellationToken
    ) =>
        _table.FailAsync(
            delivery.Id,
            delivery.Attempts,
            answer.Status,
            answer.Error,
            pause,
            giveUpAfter,
            cancellationToken
        );

    /// <summary>Other messages for a client that cannot be reached wait too.</summary>
    public Task PostponeAsync(string clientId, TimeSpan pause, CancellationToken cancellationToken) =>
        _table.PostponeAsync(clientId, pause, cancellationToken);

    /// <summary>The client does not use back-channel logout: its rows are closed, and the ledger records the
    /// reason.</summary>
    public Task CloseAsNotApplicableAsync(string clientId, CancellationToken cancellationToken) =>
        database.ExecuteAsync(
            """
            UPDATE idp.logout_deliveries d SET abandoned_at = clock_timestamp(), not_applicable = true
            WHERE d.client_id = @client AND d.delivered_at IS NULL AND d.abandoned_at IS NULL
                AND d.next_attempt_at <= clock_timestamp()
            """,
            cancellationToken,
            ("client", clientId)
        );

    private static LogoutDelivery Map(NpgsqlDataReader row) =>
        new(
            row.GetGuid(0),
            row.GetGuid(1),
            row.GetGuid(2),
            row.GetString(3),
            row.GetString(4),
            row.GetFieldValue<DateTimeOffset>(5),
            row.GetInt32(6)
        );
}
