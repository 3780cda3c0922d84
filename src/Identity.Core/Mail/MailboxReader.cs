using System.Security.Cryptography;
using Identity.Core.Data;
using Identity.Core.Keys;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace Identity.Core.Mail;

/// <summary>A mail as the mailbox page lists it.</summary>
public sealed record MailboxEntry(
    Guid Id,
    string Kind,
    string State,
    int Attempts,
    string? LastError,
    DateTimeOffset CreatedAt,
    MailContent Content
)
{
    /// <summary>Redacted.</summary>
    public override string ToString() => $"MailboxEntry {Id}";
}

/// <summary>Reads the outbox for the mailbox page, in Development only. Elsewhere the outbox contains other people's
/// links, and this returns nothing.</summary>
public sealed class MailboxReader(Database database, MasterKey master, IHostEnvironment environment)
{
    private const int MaxRows = 200;

    private const string Columns = "id, kind, state, attempts, last_error, created_at, content_protected";

    /// <summary>Whether there is a mailbox.</summary>
    public bool IsAvailable => environment.IsDevelopment();

    /// <summary>The newest mails, newest first.</summary>
    /// <param name="count">1 to 200; other values are clamped.</param>
    public async Task<IReadOnlyList<MailboxEntry>> ListAsync(int count, CancellationToken cancellationToken)
    {
        if (!IsAvailable)
            return [];
        var rows = await database.QueryAsync(
            $"""
            SELECT {Columns} FROM idp.mail_outbox WHERE content_protected IS NOT NULL ORDER BY created_at DESC, id DESC
                LIMIT @count
            """,
            Map,
            cancellationToken,
            ("count", Math.Clamp(count, 1, MaxRows))
        );
        return [.. rows.OfType<MailboxEntry>()];
    }

    /// <summary>One mail, or null.</summary>
    public async Task<MailboxEntry?> ReadAsync(Guid id, CancellationToken cancellationToken) =>
        !IsAvailable
            ? null
            : await database.QuerySingleOrDefaultAsync(
                $"SELECT {Columns} FROM idp.mail_outbox WHERE id = @id AND content_protected IS NOT NULL",
                Map,
                cancellationToken,
                ("id", id)
            );

    private MailboxEntry? Map(NpgsqlDataReader row)
    {
        var id = row.GetGuid(0);
        try
        {
            var content = MailContent.FromBytes(
                master.Unprotect(MailOutbox.Purpose, id.ToString("D"), row.GetFieldValue<byte[]>(6))
            );
            return new(
                id,
                row.GetString(1),
                row.GetString(2),
                row.GetInt32(3),
                row.IsDBNull(4) ? null : row.GetString(4),
                row.GetFieldValue<DateTimeOffset>(5),
                content
            );
        }
        catch (CryptographicException)
        {
            // Encrypted with the master key of an earlier start: it cannot be read any more.
            return null;
        }
    }
}
