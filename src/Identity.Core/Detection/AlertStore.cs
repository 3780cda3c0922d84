using Identity.Core.Administration;
using Identity.Core.Audit;
using Identity.Core.Data;

namespace Identity.Core.Detection;

/// <summary>Reads and acknowledges alerts.</summary>
public sealed class AlertStore(Database database, AdminAuditLog audit)
{
    private const int MaxRows = 500;

    /// <summary>The longest note, in characters.</summary>
    public const int MaxNoteLength = 2000;

    private const int MaxNameLength = 200;

    internal const string ListSql = $"""
        SELECT {Alert.Columns} FROM idp.alerts
        WHERE (NOT @open OR closed_at IS NULL) AND (NOT @closed OR closed_at IS NOT NULL)
          AND (@at IS NULL OR (opened_at, id) < (@at, @id))
        ORDER BY opened_at DESC, id DESC LIMIT @count
        """;

    /// <summary>Alerts, newest first, after a position in the list.</summary>
    /// <param name="openOnly">Only open alerts.</param>
    /// <param name="after">The last alert of the previous page; null for the newest.</param>
    /// <param name="count">1 to 500; other values are clamped.</param>
    public Task<List<Alert>> ListAsync(
        bool openOnly,
        AlertPlace? after,
        int count,
        CancellationToken cancellationToken
    ) => ListAsync(openOnly ? AlertFilter.Open : AlertFilter.All, after, count, cancellationToken);

    /// <inheritdoc cref="ListAsync(bool, AlertPlace?, int, CancellationToken)" />
    public Task<List<Alert>> ListAsync(
        AlertFilter filter,
        AlertPlace? after,
        int count,
        CancellationToken cancellationToken
    ) =>
        database.QueryAsync(
            ListSql,
            Alert.Read,
            cancellationToken,
            ("open", filter == AlertFilter.Open),
            ("closed", filter == AlertFilter.Closed),
            ("at", SqlNull.Time(after?.OpenedAt)),
            ("id", SqlNull.Uuid(after?.Id)),
            ("count", Math.Clamp(count, 1, MaxRows))
        );

    /// <summary>One alert; null if there is none.</summary>
    public Task<Alert?> FindAsync(Guid id, CancellationToken cancellationToken) =>
        database.QuerySingleOrDefaultAsync(
            $"SELECT {Alert.Columns} FROM idp.alerts WHERE id = @id",
            Alert.Read,
            cancellationToken,
            ("id", id)
        );

    /// <summary>How many alerts are open, by rule.</summary>
    public async Task<IReadOnlyDictionary<string, long>> CountOpenAsync(CancellationToken cancellationToken) =>
        (
            await database.QueryAsync(
                "SELECT rule, count(*) FROM idp.alerts WHERE closed_at IS NULL GROUP BY rule",
                static row => (Rule: row.GetString(0), Count: row.GetInt64(1)),
                cancellationToken
            )
        ).ToDictionary(static row => row.Rule, static row => row.Count, StringComparer.Ordinal);

    /// <summary>Records who handles an alert. Of two parallel calls, one succeeds.</summary>
    /// <param name="actor">Who.</param>
    /// <param name="note">What they found or did; truncated to 2,000 characters.</param>
    public Task<AlertAcknowledgement> AcknowledgeAsync(
        Operator actor,
        Guid id,
        string? note,
        RequestContext request,
        CancellationToken cancellationToken
    ) =>
        database.InTransactionAsync<AlertAcknowledgement>(
            async (transaction, cancel) =>
            {
                var alert = await transaction.QuerySingleOrDefaultAsync(
                    $"""
                    UPDATE idp.alerts SET acknowledged_at = now(), acknowledged_by = @by, note = @note
                    WHERE id = @id AND acknowledged_at IS NULL RETURNING {Alert.Columns}
                    """,
                    Alert.Read,
                    cancel,
                    ("id", id),
                    ("by", AuditDetails.Cut(actor.Id, MaxNameLength)),
                    ("note", SqlNull.Text(note is null ? null : AuditDetails.Cut(note, MaxNoteLength)))
                );
                if (alert is null)
                    return
                        await transaction.QuerySingleOrDefaultAsync(
                            $"SELECT {Alert.Columns} FROM idp.alerts WHERE id = @id",
                            Alert.Read,
                            cancel,
                            ("id", id)
                        )
                            is { } taken
                        ? new AlertAcknowledgement.Already(taken)
                        : new AlertAcknowledgement.NotFound();
                await audit.AppendAsync(
                    transaction,
                    actor,
                    AdminActions.AlertAcknowledge,
                    AlertEvents.UserOf(alert),
                    request,
                    new Dictionary<string, object?> { ["alert_id"] = alert.Id, ["rule"] = alert.Rule },
                    cancel
                );
                return new AlertAcknowledgement.Done(alert);
            },
            cancellationToken
        );
}
