using System.Text.Json;
using Identity.Core.Administration;
using Identity.Core.Audit;
using Identity.Core.Data;
using Npgsql;

namespace Identity.Core.Profile;

/// <summary>Claim mappings in the database. A change reaches every instance by NOTIFY.</summary>
public sealed class ClaimMappingStore(Database database, AdminAuditLog audit)
{
    /// <summary>The maximum number of mappings: every instance holds them all in memory.</summary>
    public const int MaxCount = 1000;

    private const string Columns =
        "m.claim, m.scope, m.client_id, m.source, m.source_name, m.constant, m.in_id_token, m.in_access_token, "
        + "m.in_user_info, m.id, m.version";

    /// <summary>All, by claim.</summary>
    public async Task<AdminOutcome<IReadOnlyList<ClaimMapping>>> ListAsync(
        Operator actor,
        CancellationToken cancellationToken
    ) =>
        AdminRules.Require(actor, AdminActions.ClaimMappingList) is { } refused
            ? refused
            : new AdminOutcome<IReadOnlyList<ClaimMapping>>.Done(await ReadAllAsync(database, cancellationToken));

    /// <summary>Creates or changes the mapping of a claim, scope and client.</summary>
    /// <param name="version">The version that the operator saw, 0 for none; null to skip the check.</param>
    public Task<AdminOutcome<ClaimMapping>> WriteAsync(
        Operator actor,
        ClaimMapping mapping,
        long? version,
        RequestContext request,
        CancellationToken cancellationToken
    ) =>
        database.InTransactionAsync<AdminOutcome<ClaimMapping>>(
            async (transaction, cancel) =>
            {
                if ((AdminRules.Require(actor, AdminActions.ClaimMappingChange) ?? mapping.Judge()) is { } refused)
                    return refused;
                var old = await FindAsync(transaction, mapping, cancel);
                if (version is { } seen && seen != (old?.Version ?? 0))
                    return new AdminOutcome.Stale();
                var written = await UpsertAsync(transaction, mapping, old is not null, cancel);
                if (written is null)
                    return new AdminOutcome.Invalid("claim", $"There are {MaxCount} mappings already.");
                await AuditAsync(transaction, actor, AdminActions.ClaimMappingChange, written, old, request, cancel);
                return written;
            },
            cancellationToken
        );

    /// <summary>Removes a mapping.</summary>
    public Task<AdminOutcome> RemoveAsync(
        Operator actor,
        Guid id,
        RequestContext request,
        CancellationToken cancellationToken
    ) =>
        database.InTransactionAsync<AdminOutcome>(
            async (transaction, cancel) =>
            {
                if (AdminRules.Require(actor, AdminActions.ClaimMappingRemove) is { } refused)
                    return refused;
                var old = await transaction.QuerySingleOrDefaultAsync<ClaimMapping?>(
                    $"DELETE FROM idp.claim_mappings m WHERE m.id = @id RETURNING {Columns}",
                    Map,
                    cancel,
                    ("id", id)
                );
                if (old is null)
                    return new AdminOutcome.NotFound();
                await AuditAsync(transaction, actor, AdminActions.ClaimMappingRemove, old, null, request, cancel);
                return AdminOutcome.Done.Instance;
            },
            cancellationToken
        );

    internal static async Task<IReadOnlyList<ClaimMapping>> ReadAllAsync(
        Database database,
        CancellationToken cancellationToken
    ) =>
        await database.QueryAsync(
            $"SELECT {Columns} FROM idp.claim_mappings m ORDER BY m.claim, m.scope, m.client_id",
            Map,
            cancellationToken
        );

    private static Task<ClaimMapping?> FindAsync(
        DatabaseTransaction transaction,
        ClaimMapping mapping,
        CancellationToken cancellationToken
    ) =>
        transaction.QuerySingleOrDefaultAsync<ClaimMapping?>(
            $"""
            SELECT {Columns} FROM idp.claim_mappings m WHERE m.claim = @claim
                AND m.scope IS NOT DISTINCT FROM @scope AND m.client_id IS NOT DISTINCT FROM @client FOR UPDATE
            """,
            Map,
            cancellationToken,
            ("claim", mapping.Claim),
            ("scope", SqlNull.Text(mapping.Scope)),
            ("client", SqlNull.Text(mapping.ClientId))
        );

    private static Task<ClaimMapping?> UpsertAsync(
        DatabaseTransaction transaction,
        ClaimMapping mapping,
        bool exists,
        CancellationToken cancellationToken
    ) =>
        transaction.QuerySingleOrDefaultAsync<ClaimMapping?>(
            $"""
            INSERT INTO idp.claim_mappings AS m (claim, scope, client_id, source, source_name, constant, in_id_token,
                in_access_token, in_user_info)
            SELECT @claim, @scope, @client, @source, @source_name, @constant, @id_token, @access_token, @user_info
            WHERE @exists OR (SELECT count(*) FROM idp.claim_mappings) < @most
            ON CONFLICT (claim, scope, client_id) DO UPDATE SET source = excluded.source,
                source_name = excluded.source_name, constant = excluded.constant, in_id_token = excluded.in_id_token,
                in_access_token = excluded.in_access_token, in_user_info = excluded.in_user_info,
                version = m.version + 1, updated_at = now()
            RETURNING {Columns}
            """,
            Map,
            cancellationToken,
            ("claim", mapping.Claim),
            ("scope", SqlNull.Text(mapping.Scope)),
            ("client", SqlNull.Text(mapping.ClientId)),
            ("source", mapping.Source),
            ("source_name", SqlNull.Text(mapping.SourceName)),
            ("constant", new Json(mapping.Constant?.GetRawText())),
            ("id_token", mapping.InIdToken),
            ("access_token", mapping.InAccessToken),
            ("user_info", mapping.InUserInfo),
            ("exists", exists),
            ("most", MaxCount)
        );

    private Task AuditAsync(
        DatabaseTransaction transaction,
        Operator actor,
        AdminAction action,
        ClaimMapping mapping,
        ClaimMapping? old,
        RequestContext request,
        CancellationToken cancellationToken
    ) =>
        audit.AppendAsync(
            transaction,
            actor,
            action,
            null,
            request,
            new Dictionary<string, object?>
            {
                ["claim"] = mapping.Claim,
                ["scope"] = mapping.Scope,
                ["client_id"] = mapping.ClientId,
                ["source"] = mapping.Source,
                ["source_name"] = mapping.SourceName,
                ["old_source"] = old?.Source,
                ["old_source_name"] = old?.SourceName,
                ["where"] = WhereOf(mapping),
            },
            cancellationToken
        );

    private static IEnumerable<string> WhereOf(ClaimMapping mapping)
    {
        if (mapping.InIdToken)
            yield return "id_token";
        if (mapping.InAccessToken)
            yield return "access_token";
        if (mapping.InUserInfo)
            yield return "userinfo";
    }

    private static ClaimMapping Map(NpgsqlDataReader row) =>
        new(
            row.GetString(0),
            Text(row, 1),
            Text(row, 2),
            row.GetString(3),
            Text(row, 4),
            Text(row, 5) is { } json ? JsonElement.Parse(json) : null,
            row.GetBoolean(6),
            row.GetBoolean(7),
            row.GetBoolean(8),
            row.GetGuid(9),
            row.GetInt64(10)
        );

    private static string? Text(NpgsqlDataReader row, int column) =>
        row.IsDBNull(column) ? null : row.GetString(column);
}
