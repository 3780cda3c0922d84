using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Identity.Core.Passwords;
using Identity.Core.Primitives;

namespace Identity.Core.Import.Users;

/// <summary>Settings of an import that the file does not carry.</summary>
/// <param name="Source">The name of the system, which makes its ids unique if they are not UUIDs.</param>
/// <param name="FirebaseParameters">The project's hash parameters, <c>n=14,r=8,ss=...,sk=...</c>; null for a file that
/// does not come from Firebase.</param>
/// <param name="Update">What is done to accounts that are there already.</param>
public sealed record UserImportSettings(
    string Source,
    string? FirebaseParameters = null,
    UserImportUpdate Update = UserImportUpdate.None
);

/// <summary>Checks one row. Returns a person or a reason, which never repeats a value of the row.</summary>
internal sealed class UserRowReader(UserImportSettings settings, BelongingNames names)
{
    private const int MaxIdLength = 200;
    private const int MaxAddressLength = 4096;
    private static readonly long MaxSeconds = DateTimeOffset.MaxValue.ToUnixTimeSeconds();

    /// <summary>The person, or null with a reason.</summary>
    public ImportedUser? Read(RawRow row, out string? reason)
    {
        try
        {
            reason = null;
            return row.Fault is null ? Read(row) : throw new RowException(row.Fault);
        }
        catch (RowException refused)
        {
            reason = refused.Message;
            return null;
        }
    }

    private ImportedUser Read(RawRow row)
    {
        foreach (var (name, value) in row.Fields)
        {
            if (!UntrustedText.IsText(value) || value.Contains('\uFFFD', StringComparison.Ordinal))
                throw new RowException($"{name}: not UTF-8 text, or it has control characters.");
        }
        if (!EmailAddress.TryParse(Field(row, UserFields.Email)?.Trim(), out var email))
            throw new RowException("email: missing or not an email address.");
        var id = Field(row, UserFields.Id);
        if (names.Read(row, out var belongings) is { } fault)
            throw new RowException(fault);
        return new(row.Line, IdOf(id), id is not null, email)
        {
            EmailVerified = Flag(row, UserFields.EmailVerified),
            PasswordHash = HashOf(row),
            PasswordChangedAt = Time(row, UserFields.PasswordChangedAt),
            IsDisabled = Flag(row, UserFields.Disabled) ?? !Flag(row, UserFields.Enabled),
            LastLoginAt = Time(row, UserFields.LastLoginAt),
            CreatedAt = Time(row, UserFields.CreatedAt),
            Texts = [.. UserFields.Texts.Select(field => Text(row, field.Name, field.MaxLength))],
            PhoneNumberVerified = Flag(row, UserFields.PhoneVerified),
            Address = AddressOf(row),
            Belongings = belongings,
        };
    }

    private static string? Field(RawRow row, string name) =>
        row.Fields.TryGetValue(name, out var value) && value.Length > 0 ? value : null;

    // A UUID remains the subject that apps know. Any other id is mapped to a UUID derived from it and the system's name
    // (RFC 9562 section 5.8), so that a second import finds the account again.
    private Guid IdOf(string? id)
    {
        if (id is null)
            return Guid.NewGuid();
        if (Guid.TryParse(id, out var own))
            return own != Guid.Empty ? own : throw new RowException("id: the empty UUID.");
        if (id.Length > MaxIdLength || !UntrustedText.IsLine(id))
            throw new RowException($"id: longer than {MaxIdLength} characters, or not one line of text.");
        var digest = SHA256.HashData(Encoding.UTF8.GetBytes($"{settings.Source}\n{id}")).AsSpan(0, 16);
        digest[6] = (byte)((digest[6] & 0x0F) | 0x80);
        digest[8] = (byte)((digest[8] & 0x3F) | 0x80);
        return new(digest, bigEndian: true);
    }

    private string? HashOf(RawRow row)
    {
        if (Field(row, UserFields.PasswordHash) is not { } text)
            return null;
        if (settings.FirebaseParameters is { } parameters)
            text = $"$fbscrypt$v=1,{parameters}${Field(row, UserFields.PasswordSalt)}${text}";
        // Django's prefix for an account without a password.
        if (text.StartsWith('!'))
            return null;
        return PasswordHasher.TryReadStored(text, out var hash)
            ? hash.Value
            : throw new RowException("password_hash: a format that is not supported, or parameters beyond the limits.");
    }

    private static string? Text(RawRow row, string name, int maxLength)
    {
        var text = Field(row, name);
        if (text is null || text.Length <= maxLength && UntrustedText.IsLine(text))
            return text;
        throw new RowException($"{name}: longer than {maxLength} characters, or more than one line.");
    }

    private static string? AddressOf(RawRow row)
    {
        if (Field(row, UserFields.Address) is not { } text)
            return null;
        using var json = text.Length <= MaxAddressLength ? UntrustedJson.Read(text, maxDepth: 2) : null;
        return json?.RootElement.ValueKind == System.Text.Json.JsonValueKind.Object
            ? text
            : throw new RowException("address: must be a JSON object of at most 4096 characters.");
    }

    private static bool? Flag(RawRow row, string name) =>
        Field(row, name)?.Trim().ToLowerInvariant() switch
        {
            null => null,
            "true" or "t" or "1" or "yes" => true,
            "false" or "f" or "0" or "no" => false,
            _ => throw new RowException($"{name}: must be true or false."),
        };

    // ISO 8601, or a number of seconds or milliseconds since 1970. A time without a zone is UTC. The first moment of
    // year 1 is .NET's empty value.
    private static DateTimeOffset? Time(RawRow row, string name)
    {
        if (Field(row, name) is not { } text)
            return null;
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            var seconds = number >= 100_000_000_000 ? number / 1000d : number;
            if (seconds <= MaxSeconds)
                return DateTimeOffset.UnixEpoch.AddSeconds(seconds);
        }
        else if (
            DateTimeOffset.TryParse(
                text,
                CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
                out var time
            )
        )
            return time > DateTimeOffset.MinValue ? time : null;
        throw new RowException($"{name}: not a time in ISO 8601, nor a number since 1970.");
    }

    // Never leaves this class: its message is the reason for the row.
    private sealed class RowException(string message) : Exception(message);
}
