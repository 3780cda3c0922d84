using Identity.Core.Administration;
using Identity.Core.Data;

namespace Identity.Core.Clients;

/// <summary>What an app currently holds.</summary>
/// <param name="Sessions">Browser sessions in which a person is signed in to it.</param>
/// <param name="Families">Families of refresh tokens that can still be used.</param>
/// <param name="ReferenceTokens">Reference tokens that are still valid.</param>
/// <param name="LastAt">When a person last signed in to it; null for never or not recently.</param>
public sealed record ClientHoldings(long Sessions, long Families, long ReferenceTokens, DateTimeOffset? LastAt);

/// <summary>Counts what apps hold. Only for an operator's page, because it reads whole tables of live grants.</summary>
public sealed class ClientHoldingsReader(Database database)
{
    /// <summary>What one app holds.</summary>
    public async Task<AdminOutcome<ClientHoldings>> ReadAsync(
        Operator actor,
        string clientId,
        CancellationToken cancellationToken
    )
    {
        if (AdminRules.Require(actor, AdminActions.ClientRead) is { } refused)
            return refused;
        return (
            await database.QuerySingleOrDefaultAsync<ClientHoldings?>(
                """
                SELECT
                    (SELECT count(*) FROM idp.session_clients c JOIN public.sessions s ON s.id = c.session_id
                     WHERE c.client_id = @client AND s.is_active AND s.expires_at > now()),
                    (SELECT count(*) FROM idp.token_families f
                     WHERE f.client_id = @client AND f.revoked_at IS NULL AND f.absolute_expires_at > now()),
                    (SELECT count(*) FROM idp.grants g
                     WHERE g.client_id = @client AND g.kind = 'reference_token' AND g.revoked_at IS NULL
                       AND g.expires_at > now()),
                    (SELECT max(c.last_at) FROM idp.session_clients c WHERE c.client_id = @client)
                """,
                static row =>
                    new(
                        row.GetInt64(0),
                        row.GetInt64(1),
                        row.GetInt64(2),
                        row.IsDBNull(3) ? null : row.GetFieldValue<DateTimeOffset>(3)
                    ),
                cancellationToken,
                ("client", clientId)
            )
        )!;
    }
}
