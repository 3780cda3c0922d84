using System.Security.Cryptography;
using Identity.Core.Data;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Identity.Core.Keys;

/// <summary>A row of <c>idp.signing_keys</c>.</summary>
internal sealed record SigningKeyRow(
    string Kid,
    string Algorithm,
    byte[] PrivateProtected,
    string MasterKeyId,
    DateTimeOffset CreatedAt,
    DateTimeOffset ActivatesAt,
    DateTimeOffset RetiresAt,
    DateTimeOffset RemovesAt
)
{
    public SigningKeyState StateAt(DateTimeOffset now) =>
        now < ActivatesAt ? SigningKeyState.Announced
        : now < RetiresAt ? SigningKeyState.Active
        : now < RemovesAt ? SigningKeyState.Retired
        : SigningKeyState.Removed;
}

/// <summary> The rows of the key ring. A private key is stored as PKCS#8, encrypted with the master key for purpose
/// <c>signing_key</c> and bound to kid and algorithm: a row that was written, moved or relabelled without the master
/// key does not decrypt, and a key that does not decrypt is neither published nor used.
/// </summary>
internal sealed class SigningKeyStore(MasterKey masterKey, IOptions<KeysOptions> options)
{
    private const string Purpose = "signing_key";
    private const string Columns =
        "kid, algorithm, private_protected, master_key_id, created_at, activates_at, retires_at, removes_at";

    internal const string ReadSql = $"""
        SELECT {Columns} FROM idp.signing_keys WHERE key_use = 'sig' AND removes_at > now()
        ORDER BY activates_at, kid
        """;

    private const string Insert = """
        INSERT INTO idp.signing_keys (kid, algorithm, public_jwk, private_protected, master_key_id, activates_at,
            retires_at, removes_at)
        VALUES (@kid, @algorithm, @public_jwk, @private, @master_key_id, @activates_at, @retires_at, @removes_at)
        """;

    /// <summary>Locks the keys against other instances until the transaction ends. Returns the database's time after
    /// the wait.</summary>
    public static async Task<DateTimeOffset> LockAsync(
        DatabaseTransaction transaction,
        CancellationToken cancellationToken
    )
    {
        await transaction.ExecuteAsync("SELECT pg_advisory_xact_lock(hashtext('idp.signing_keys'))", cancellationToken);
        return await NowAsync(transaction, cancellationToken);
    }

    /// <summary>The database's time.</summary>
    public static Task<DateTimeOffset> NowAsync(SqlSession session, CancellationToken cancellationToken) =>
        session.QuerySingleOrDefaultAsync(
            "SELECT clock_timestamp()",
            static row => row.GetFieldValue<DateTimeOffset>(0),
            cancellationToken
        );

    /// <summary>Every signing key that is still published, oldest first.</summary>
    public static Task<List<SigningKeyRow>> ReadAsync(SqlSession session, CancellationToken cancellationToken) =>
        session.QueryAsync(ReadSql, Map, cancellationToken);

    /// <summary>Creates a key that signs from <paramref name="activatesAt"/> for the configured lifetime, and returns
    /// its kid.</summary>
    public async Task<string> CreateAsync(
        DatabaseTransaction transaction,
        string algorithm,
        DateTimeOffset activatesAt,
        CancellationToken cancellationToken
    )
    {
        using var key = SigningKeyMaterial.Create(algorithm);
        var kid = SigningKeyMaterial.Thumbprint(key);
        var retiresAt = activatesAt + options.Value.SigningLifetime;
        var pkcs8 = key.ExportPkcs8PrivateKey();
        try
        {
            await transaction.ExecuteAsync(
                Insert,
                cancellationToken,
                ("kid", kid),
                ("algorithm", algorithm),
                ("public_jwk", new Json(SigningKeyMaterial.PublicJwk(key, algorithm))),
                ("private", masterKey.Protect(Purpose, Binding(algorithm, kid), pkcs8)),
                ("master_key_id", masterKey.CurrentId),
                ("activates_at", activatesAt),
                ("retires_at", retiresAt),
                ("removes_at", retiresAt + options.Value.PublishAfter)
            );
        }
        finally
        {
            CryptographicOperations.ZeroMemory(pkcs8);
        }
        return kid;
    }

    /// <summary>Whether this instance has the master key that the row names.</summary>
    public bool HasMasterKeyOf(SigningKeyRow row) => masterKey.Ids.Contains(row.MasterKeyId);

    /// <summary>Decrypts a row.</summary>
    /// <exception cref="CryptographicException">It was changed or moved, or its master key is not loaded.</exception>
    public SigningKey Unprotect(SigningKeyRow row)
    {
        var pkcs8 = masterKey.Unprotect(Purpose, Binding(row.Algorithm, row.Kid), row.PrivateProtected);
        try
        {
            var key = SigningKeyMaterial.Read(row.Algorithm, pkcs8);
            return SigningKeyMaterial.Thumbprint(key) == row.Kid
                ? new SigningKey(row, key)
                : throw new CryptographicException($"Signing key {row.Kid} is not what its kid says.");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(pkcs8);
        }
    }

    /// <summary>Encrypts a row's private key with the current master key; false if it already is.</summary>
    public async Task<bool> RewrapAsync(
        DatabaseTransaction transaction,
        SigningKeyRow row,
        CancellationToken cancellationToken
    )
    {
        if (row.MasterKeyId == masterKey.CurrentId)
            return false;
        var binding = Binding(row.Algorithm, row.Kid);
        var pkcs8 = masterKey.Unprotect(Purpose, binding, row.PrivateProtected);
        await transaction.ExecuteAsync(
            "UPDATE idp.signing_keys SET private_protected = @private, master_key_id = @master_key_id WHERE kid = @kid",
            cancellationToken,
            ("private", masterKey.Protect(Purpose, binding, pkcs8)),
            ("master_key_id", masterKey.CurrentId),
            ("kid", row.Kid)
        );
        CryptographicOperations.ZeroMemory(pkcs8);
        return true;
    }

    private static string Binding(string algorithm, string kid) => $"{algorithm}:{kid}";

    private static SigningKeyRow Map(NpgsqlDataReader row) =>
        new(
            row.GetString(0),
            row.GetString(1),
            row.GetFieldValue<byte[]>(2),
            row.GetString(3),
            row.GetFieldValue<DateTimeOffset>(4),
            row.GetFieldValue<DateTimeOffset>(5),
            row.GetFieldValue<DateTimeOffset>(6),
            row.GetFieldValue<DateTimeOffset>(7)
        );
}
