using Identity.Core.Data;
using Identity.Core.Deliveries;
using Npgsql;

namespace Identity.Core.Logout;

/// <summary>The deliverer's view of the ledger.</summary>
internal sealed class LogoutDeliveryStore(Database database)
{
    private static readonly DeliveryColumns Columns = new(
        "idp.logout_deliveries",
        "SELECT DISTINCT client_id AS receiver FROM idp.logout_deliveries "
            + "WHERE delivered_at IS NULL AND abandoned_at IS NULL",
        "d.client_id",
        "c.id, c.session_id, c.user_id, c.client_id, c.reason, c.created_at, c.attempts",
        "d.next_attempt_at"
    );

    /// <summary>The shared statements.</summary>
    public DeliveryTable<string> Table { get; } = new(database, Columns);

    /// <summary>Claims due messages of a client for a lease.</summary>
    public Task<List<LogoutDelivery>> ClaimAsync(string clientId, int most, CancellationToken cancellationToken) =>
        Table.ClaimAsync(clientId, most, Map, cancellationToken);

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
