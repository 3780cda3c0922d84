using System.Text.Json;
using Identity.Core.Administration;
using Identity.Core.Audit;
using Identity.Core.Data;
using Npgsql;

namespace Identity.Core.Attributes;

/// <summary>The attribute definitions.</summary>
public sealed class AttributeDefinitions(Database database, AdminAuditLog audit)
{
    /// <summary>The maximum number of definitions: one page shows them all.</summary>
    public const int MaxCount = 200;

    internal const string Columns = "d.name, d.value_type, d.labels, d.visible_to, d.editable_by, d.version";

    /// <summary>All, by name.</summary>
    public async Task<AdminOutcome<IReadOnlyList<AttributeDefinition>>> ListAsync(
        Operator actor,
        CancellationToken cancellationToken
    )
    {
        if (AdminRules.Require(actor, AdminActions.AttributeList) is { } refused)
            return refused;
        return new AdminOutcome<IReadOnlyList<AttributeDefinition>>.Done(
            await database.QueryAsync(
                $"SELECT {Columns} FROM idp.attribute_definitions d ORDER BY d.name",
                Map,
                cancellationToken
            )
        );
    }

    /// <summary>Defines an attribute, or changes its labels and who sees and edits it. The type cannot change, because
    /// values of the old type would stay.</summary>
    /// <param name="version">The version that the operator saw; null to skip the check.</param>
    public Task<AdminOutcome<AttributeDefinition>> DefineAsync(
        Operator actor,
        AttributeDefinition definition,
        long? version,
        RequestContext request,
        CancellationToken cancellationToken
    ) =>
        database.InTransactionAsync<AdminOutcome<AttributeDefinition>>(
            async (transaction, cancel) =>
            {
                if ((AdminRules.Require(actor, AdminActions.AttributeDefine) ?? definition.Judge()) is { } refused)
                    return refused;
                var old = await LockAsync(transaction, definition.Name, cancel);
                if (version is { } seen && seen != (old?.Version ?? 0))
                    return new AdminOutcome.Stale();
                if (old is not null && old.ValueType != definition.ValueType)
                    return new AdminOutcome.Invalid("type", $"The type is {old.ValueType} and can't be changed.");
                var defined = await transaction.QuerySingleOrDefaultAsync<AttributeDefinition?>(
                    $"""
                    INSERT INTO idp.attribute_definitions AS d (name, value_type, labels, visible_to, editable_by)
                    SELECT @name, @type, @labels, @visible, @editable
                    WHERE @exists OR (SELECT count(*) FROM idp.attribute_definitions) < @most
                    ON CONFLICT (name) DO UPDATE SET labels = excluded.labels, visible_to = excluded.visible_to,
                        editable_by = excluded.editable_by, version = d.version + 1, updated_at = now()
                    RETURNING {Columns}
                    """,
                    Map,
                    cancel,
                    ("name", definition.Name),
                    ("type", definition.ValueType),
                    ("labels", new Json(JsonSerializer.Serialize(definition.Labels))),
                    ("visible", definition.VisibleTo),
                    ("editable", definition.EditableBy),
                    ("exists", old is not null),
                    ("most", MaxCount)
                );
                if (defined is null)
                    return new AdminOutcome.Invalid("name", $"There are {MaxCount} attributes already.");
                await AuditAsync(transaction, actor, AdminActions.AttributeDefine, defined, request, cancel);
                return defined;
            },
            cancellationToken
        );

    /// <summary>Removes an attribute, and everybody's value of it.</summary>
    public Task<AdminOutcome> RemoveAsync(
        Operator actor,
        string name,
        RequestContext request,
        CancellationToken cancellationToken
    ) =>
        database.InTransactionAsync<AdminOutcome>(
            async (transaction, cancel) =>
            {
                if (AdminRules.Require(actor, AdminActions.AttributeRemove) is { } refused)
                    return refused;
                if (await LockAsync(transaction, name, cancel) is not { } old)
                    return new AdminOutcome.NotFound();
                await transaction.ExecuteAsync(
                    "DELETE FROM idp.attribute_definitions WHERE name = @name",
                    cancel,
                    ("name", name)
                );
                await AuditAsync(transaction, actor, AdminActions.AttributeRemove, old, request, cancel);
                return AdminOutcome.Done.Instance;
            },
            cancellationToken
        );

    internal static AttributeDefinition Map(NpgsqlDataReader row) =>
        new(
            row.GetString(0),
            row.GetString(1),
            JsonSerializer.Deserialize<Dictionary<string, string>>(row.GetString(2))!,
            row.GetString(3),
            row.GetString(4),
            row.GetInt64(5)
        );

    private static Task<AttributeDefinition?> LockAsync(
        DatabaseTransaction transaction,
        string name,
        CancellationToken cancellationToken
    ) =>
        transaction.QuerySingleOrDefaultAsync<AttributeDefinition?>(
            $"SELECT {Columns} FROM idp.attribute_definitions d WHERE d.name = @name FOR UPDATE",
            Map,
            cancellationToken,
            ("name", name)
        );

    private Task AuditAsync(
        DatabaseTransaction transaction,
        Operator actor,
        AdminAction action,
        AttributeDefinition definition,
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
                ["attribute"] = definition.Name,
                ["type"] = definition.ValueType,
                ["visible_to"] = definition.VisibleTo,
                ["editable_by"] = definition.EditableBy,
            },
            cancellationToken
        );
}
