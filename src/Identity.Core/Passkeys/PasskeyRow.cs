using Npgsql;

namespace Identity.Core.Passkeys;

/// <summary>How a passkey is selected and read.</summary>
internal static class PasskeyRow
{
    public const string Columns = """
        id, user_id, credential_id, public_key, sign_count, transports, is_user_verified, is_backup_eligible,
        is_backed_up, attestation_object, client_data_json, name, created_at, last_used_at
        """;

    public static Passkey Read(NpgsqlDataReader row) =>
        new()
        {
            Id = row.GetGuid(0),
            UserId = row.GetGuid(1),
            CredentialId = row.GetFieldValue<byte[]>(2),
            PublicKey = row.GetFieldValue<byte[]>(3),
            SignCount = (uint)row.GetInt64(4),
            Transports = row.GetFieldValue<string[]>(5),
            IsUserVerified = row.GetBoolean(6),
            IsBackupEligible = row.GetBoolean(7),
            IsBackedUp = row.GetBoolean(8),
            AttestationObject = row.GetFieldValue<byte[]>(9),
            ClientDataJson = row.GetFieldValue<byte[]>(10),
            Name = row.GetString(11),
            CreatedAt = row.GetFieldValue<DateTimeOffset>(12),
            LastUsedAt = row.IsDBNull(13) ? null : row.GetFieldValue<DateTimeOffset>(13),
        };
}
