using System.Security.Cryptography;
using Identity.Core.Data;
using Identity.Core.Keys;

namespace Identity.Core.TwoFactor;

/// <summary>Encrypts the secrets of authenticator apps again with the current master key, so that a former one can be
/// removed without locking anyone out.</summary>
public sealed class TotpSecretRewrapper(Database database, MasterKey master)
{
    private const int Batch = 500;

    /// <summary>Returns the number of secrets. It works in batches, so finished ones stay if it is interrupted, and it
    /// may run beside the service.</summary>
    /// <exception cref="CryptographicException">One cannot be decrypted because its master key is not loaded. Finished
    /// batches stay.</exception>
    public async Task<int> RewrapAsync(CancellationToken cancellationToken)
    {
        for (var total = 0; ; )
        {
            var treated = await database.InTransactionAsync(RewrapBatchAsync, cancellationToken);
            total += treated;
            if (treated == 0)
                return total;
        }
    }

    // Bytes 2 to 5 of a value that MasterKey encrypted are the id of its key. The row is locked, so that a new set-up
    // at the same moment is not undone.
    private async Task<int> RewrapBatchAsync(DatabaseTransaction transaction, CancellationToken cancellationToken)
    {
        var rows = await transaction.QueryAsync(
            """
            SELECT id, two_factor_secret FROM public.users
            WHERE two_factor_secret IS NOT NULL AND substring(two_factor_secret FROM 2 FOR 4) <> @current
                ORDER BY id LIMIT @most FOR NO KEY UPDATE
            """,
            static row => (Id: row.GetGuid(0), Closed: row.GetFieldValue<byte[]>(1)),
            cancellationToken,
            ("current", Convert.FromHexString(master.CurrentId)),
            ("most", Batch)
        );
        foreach (var (id, encrypted) in rows)
        {
            var secret = master.Unprotect(TotpAuthenticator.SecretPurpose, id.ToString("D"), encrypted);
            await transaction.ExecuteAsync(
                "UPDATE public.users SET two_factor_secret = @secret WHERE id = @id",
                cancellationToken,
                ("secret", master.Protect(TotpAuthenticator.SecretPurpose, id.ToString("D"), secret)),
                ("id", id)
            );
            CryptographicOperations.ZeroMemory(secret);
        }
        return rows.Count;
    }
}
