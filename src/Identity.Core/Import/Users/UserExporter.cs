using System.Text.Json;
using Identity.Core.Audit;
using Identity.Core.Data;
using Npgsql;

namespace Identity.Core.Import.Users;

/// <summary>Writes all people as JSON Lines, in the form that <see cref="UserImporter"/> reads, with their roles,
/// groups and attributes. Second factors, passkeys and sessions are not part of it: they depend on keys and on this
/// issuer's name. Administrative roles, and groups that carry one, are not part of it either: no import gives
/// them.</summary>
public sealed class UserExporter(Database database, AuditLog audit)
{
    private static readonly JsonWriterOptions Options = new() { SkipValidation = true };

    private static readonly string Select = $"""
        SELECT u.id, u.email, u.email_verified, u.password_hash, u.password_changed_at, u.is_disabled, u.last_login_at,
            u.created_at, u.phone_number_verified, u.address,
            (SELECT array_agg({BelongingNames.RoleName} ORDER BY r.client_id NULLS FIRST, r.name)
                FROM idp.user_roles h JOIN idp.roles r ON r.id = h.role_id
                WHERE h.user_id = u.id AND {BelongingNames.RoleIsPlain}),
            (SELECT array_agg(g.name ORDER BY g.name)
                FROM idp.user_groups m JOIN idp.groups g ON g.id = m.group_id
                WHERE m.user_id = u.id AND {BelongingNames.GroupIsPlain}),
            (SELECT jsonb_object_agg(a.name, a.value)::text FROM idp.user_attributes a WHERE a.user_id = u.id),
            {string.Join(", ", UserFields.Texts.Select(static text => "u." + text.Name))}
        FROM public.users u WHERE u.deleted_at IS NULL
        """;

    private const int FirstText = 13;

    /// <summary>Writes one line per person as rows arrive, and returns the number of lines.</summary>
    /// <param name="withHashes">Whether password hashes are included. Anyone who has the file can then guess passwords
    /// offline.</param>
    public async Task<long> ExportAsync(
        Stream output,
        bool withHashes,
        RequestContext by,
        CancellationToken cancellationToken
    )
    {
        // The audit row is written before the first line: an interrupted export has disclosed data too.
        await audit.AppendAsync(
            new(
                AuditEventTypes.UsersExported,
                AuditStatus.Success,
                null,
                by.IpAddress,
                by.UserAgent,
                new Dictionary<string, object?> { ["password_hashes"] = withHashes }
            ),
            cancellationToken
        );
        long count = 0;
        await using BufferedStream buffered = new(output, 64 * 1024);
        await using Utf8JsonWriter writer = new(buffered, Options);
        await database.ForEachAsync(
            Select,
            row =>
            {
                Write(writer, row, withHashes);
                writer.Flush();
                writer.Reset();
                buffered.WriteByte((byte)'\n');
                count++;
            },
            cancellationToken
        );
        return count;
    }

    private static void Write(Utf8JsonWriter writer, NpgsqlDataReader row, bool withHashes)
    {
        writer.WriteStartObject();
        writer.WriteString(UserFields.Id, row.GetGuid(0));
        writer.WriteString(UserFields.Email, row.GetString(1));
        writer.WriteBoolean(UserFields.EmailVerified, row.GetBoolean(2));
        if (withHashes && !row.IsDBNull(3))
            writer.WriteString(UserFields.PasswordHash, row.GetString(3));
        Time(writer, UserFields.PasswordChangedAt, row, 4);
        writer.WriteBoolean(UserFields.Disabled, row.GetBoolean(5));
        Time(writer, UserFields.LastLoginAt, row, 6);
        Time(writer, UserFields.CreatedAt, row, 7);
        writer.WriteBoolean(UserFields.PhoneVerified, row.GetBoolean(8));
        Json(writer, UserFields.Address, row, 9);
        Names(writer, UserFields.Roles, row, 10);
        Names(writer, UserFields.Groups, row, 11);
        Json(writer, UserFields.Attributes, row, 12);
        for (var text = 0; text < UserFields.Texts.Length; text++)
        {
            if (!row.IsDBNull(FirstText + text))
                writer.WriteString(UserFields.Texts[text].Name, row.GetString(FirstText + text));
        }
        writer.WriteEndObject();
    }

    private static void Json(Utf8JsonWriter writer, string name, NpgsqlDataReader row, int column)
    {
        if (row.IsDBNull(column))
            return;
        writer.WritePropertyName(name);
        writer.WriteRawValue(row.GetString(column));
    }

    private static void Names(Utf8JsonWriter writer, string name, NpgsqlDataReader row, int column)
    {
        if (row.IsDBNull(column))
            return;
        writer.WriteStartArray(name);
        foreach (var one in row.GetFieldValue<string[]>(column))
            writer.WriteStringValue(one);
        writer.WriteEndArray();
    }

    private static void Time(Utf8JsonWriter writer, string name, NpgsqlDataReader row, int column)
    {
        if (!row.IsDBNull(column))
            writer.WriteString(name, row.GetFieldValue<DateTimeOffset>(column));
    }
}
