using System.Text.Json;
using Identity.Core.Audit;
using Identity.Core.Data;
using Npgsql;

namespace Identity.Core.Import.Users;

/// <summary>Writes all people as JSON Lines, in the form that <see cref="UserImporter"/> reads. Second factors,
/// passkeys and sessions are not part of it: they depend on keys and on this issuer's name.</summary>
public sealed class UserExporter(Database database, AuditLog audit)
{
    private static readonly JsonWriterOptions Options = new() { SkipValidation = true };

    private static readonly string Select = $"""
        SELECT id, email, email_verified, password_hash, password_changed_at, is_disabled, last_login_at, created_at,
            phone_number_verified, address, {string.Join(", ", UserFields.Texts.Select(static text => text.Name))}
        FROM public.users WHERE deleted_at IS NULL
        """;

    private const int FirstText = 10;

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
        if (!row.IsDBNull(9))
        {
            writer.WritePropertyName(UserFields.Address);
            writer.WriteRawValue(row.GetString(9));
        }
        for (var text = 0; text < UserFields.Texts.Length; text++)
        {
            if (!row.IsDBNull(FirstText + text))
                writer.WriteString(UserFields.Texts[text].Name, row.GetString(FirstText + text));
        }
        writer.WriteEndObject();
    }

    private static void Time(Utf8JsonWriter writer, string name, NpgsqlDataReader row, int column)
    {
        if (!row.IsDBNull(column))
            writer.WriteString(name, row.GetFieldValue<DateTimeOffset>(column));
    }
}
