using System.Text.Json;
using Identity.Core.Administration;
using Identity.Core.Data;

namespace Identity.Core.Denials;

/// <summary>Refused requests as an operator reads them.</summary>
public sealed class DenialAdministration(Database database, DenialStore store)
{
    /// <summary>The maximum number of entries of one call.</summary>
    public const int MaxListed = 200;

    /// <summary>The refusals of the last three days, newest first.</summary>
    /// <param name="clientId">Only those of this app; null for all.</param>
    /// <param name="before">Only earlier ones: the time of the last entry of the previous page.</param>
    /// <param name="count">1 to <see cref="MaxListed"/>; other values are clamped.</param>
    public async Task<AdminOutcome<IReadOnlyList<DeniedRequest>>> ListAsync(
        Operator actor,
        string? clientId,
        DateTimeOffset? before,
        int count,
        CancellationToken cancellationToken
    )
    {
        if (AdminRules.Require(actor, AdminActions.DenialList) is { } refused)
            return refused;
        IReadOnlyList<DeniedRequest> found = await database.QueryAsync(
            """
            SELECT data, created_at FROM idp.denials
            WHERE expires_at > now() AND (@client IS NULL OR client_id = @client)
              AND (@before IS NULL OR created_at < @before)
            ORDER BY created_at DESC LIMIT @count
            """,
            static row =>
                JsonSerializer.Deserialize<DeniedRequest>(row.GetString(0))! with
                {
                    At = row.GetFieldValue<DateTimeOffset>(1),
                },
            cancellationToken,
            ("client", SqlNull.Text(clientId)),
            ("before", SqlNull.Time(before)),
            ("count", Math.Clamp(count, 1, MaxListed))
        );
        return new AdminOutcome<IReadOnlyList<DeniedRequest>>.Done(found);
    }

    /// <summary>One refusal by the id that the person saw.</summary>
    public async Task<AdminOutcome<DeniedRequest>> FindAsync(
        Operator actor,
        string correlationId,
        CancellationToken cancellationToken
    )
    {
        if (AdminRules.Require(actor, AdminActions.DenialRead) is { } refused)
            return refused;
        return await store.FindAsync(correlationId.Trim(), cancellationToken) is { } found
            ? found
            : new AdminOutcome.NotFound();
    }
}
