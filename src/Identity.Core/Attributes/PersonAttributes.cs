using System.Text.Json;
using Identity.Core.Administration;
using Identity.Core.Audit;
using Identity.Core.Data;

namespace Identity.Core.Attributes;

/// <summary>The attributes of a person, as an operator sees and changes them.</summary>
public sealed class PersonAttributes(Database database, AdminAuditLog audit)
{
    /// <summary>What an operator may see of a person: every definition, with its value where there is one.</summary>
    public async Task<AdminOutcome<IReadOnlyList<AttributeValue>>> ReadAsync(
        Operator actor,
        Guid userId,
        CancellationToken cancellationToken
    )
    {
        if (AdminRules.Require(actor, AdminActions.AttributeList) is { } refused)
            return refused;
        return new AdminOutcome<IReadOnlyList<AttributeValue>>.Done(
            await database.QueryAsync(
                $"""
                SELECT {AttributeDefinitions.Columns}, v.value FROM idp.attribute_definitions d
                LEFT JOIN idp.user_attributes v ON v.name = d.name AND v.user_id = @user
                WHERE d.visible_to <> 'nobody' ORDER BY d.name
                """,
                static row => new AttributeValue(
                    AttributeDefinitions.Map(row),
                    row.IsDBNull(6) ? null : JsonElement.Parse(row.GetString(6))
                ),
                cancellationToken,
                ("user", userId)
            )
        );
    }

    /// <summary>Sets or removes an attribute of a person. The audit log records its name, not its value.</summary>
    /// <param name="value">Null removes it.</param>
    public Task<AdminOutcome> SetAsync(
        Operator actor,
        Guid userId,
        string name,
        JsonElement? value,
        RequestContext request,
        CancellationToken cancellationToken
    ) =>
        database.InTransactionAsync<AdminOutcome>(
            async (transaction, cancel) =>
            {
                if (AdminRules.Require(actor, AdminActions.AttributeSet) is { } refused)
                    return refused;
                if (await JudgeAsync(transaction, name, value, cancel) is { } invalid)
                    return invalid;
                if (await AdminRules.MayActOnAsync(transaction, actor, userId, cancel) is { } wrong)
                    return wrong;
                await WriteAsync(transaction, userId, name, value, cancel);
                await audit.AppendAsync(
                    transaction,
                    actor,
                    AdminActions.AttributeSet,
                    userId,
                    request,
                    new Dictionary<string, object?> { ["attribute"] = name, ["removed"] = value is null },
                    cancel
                );
                return AdminOutcome.Done.Instance;
            },
            cancellationToken
        );

    private static async Task<AdminOutcome?> JudgeAsync(
        DatabaseTransaction transaction,
        string name,
        JsonElement? value,
        CancellationToken cancellationToken
    )
    {
        var definition = await transaction.QuerySingleOrDefaultAsync<AttributeDefinition?>(
            $"SELECT {AttributeDefinitions.Columns} FROM idp.attribute_definitions d WHERE d.name = @name FOR SHARE",
            AttributeDefinitions.Map,
            cancellationToken,
            ("name", name)
        );
        return definition is null ? new AdminOutcome.Invalid("name", "There is no such attribute.")
            : definition.EditableBy == AttributeDefinition.Nobody
                ? new AdminOutcome.Refused("not_editable", "Nobody edits this attribute here.")
            : value is { } given && !definition.Accepts(given)
                ? new AdminOutcome.Invalid("value", $"The value must be of type {definition.ValueType}.")
            : null;
    }

    private static Task<int> WriteAsync(
        DatabaseTransaction transaction,
        Guid userId,
        string name,
        JsonElement? value,
        CancellationToken cancellationToken
    ) =>
        value is { } set
            ? transaction.ExecuteAsync(
                """
                INSERT INTO idp.user_attributes (user_id, name, value) VALUES (@user, @name, @value)
                ON CONFLICT (user_id, name) DO UPDATE SET value = excluded.value, updated_at = now()
                """,
                cancellationToken,
                ("user", userId),
                ("name", name),
                ("value", new Json(set.GetRawText()))
            )
            : transaction.ExecuteAsync(
                "DELETE FROM idp.user_attributes WHERE user_id = @user AND name = @name",
                cancellationToken,
                ("user", userId),
                ("name", name)
            );
}
