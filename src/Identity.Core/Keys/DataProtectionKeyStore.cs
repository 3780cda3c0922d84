using System.Security.Cryptography;
using System.Text;
using Identity.Core.Data;
using Microsoft.Extensions.Logging;

namespace Identity.Core.Keys;

/// <summary> The key ring with which ASP.NET Core encrypts cookies and antiforgery tokens, stored in
/// <c>idp.data_protection_keys</c> for all instances (KM-2). Each element is encrypted with the master key and bound to
/// its row.
/// </summary>
public sealed class DataProtectionKeyStore(
    Database database,
    MasterKey masterKey,
    ILogger<DataProtectionKeyStore> logger
)
{
    private const string Purpose = "data_protection_key";

    /// <summary> Every element as XML. One that cannot be decrypted is left out and logged: a planted row must not take
    /// the pages down, and a lost master key invalidates only the cookies that it encrypted.
    /// </summary>
    public async Task<IReadOnlyList<string>> ReadAllAsync(CancellationToken cancellationToken)
    {
        var rows = await database.QueryAsync(
            "SELECT id, xml_protected FROM idp.data_protection_keys ORDER BY created_at, id",
            static row => (Id: row.GetGuid(0), Protected: row.GetFieldValue<byte[]>(1)),
            cancellationToken
        );
        List<string> elements = [];
        foreach (var (id, encrypted) in rows)
        {
            try
            {
                elements.Add(Encoding.UTF8.GetString(masterKey.Unprotect(Purpose, id.ToString(), encrypted)));
            }
            catch (CryptographicException exception)
            {
                Log.DataProtectionKeyUnreadable(logger, id, exception.Message);
            }
        }
        return elements;
    }

    /// <summary>Stores an element.</summary>
    /// <param name="friendlyName">The framework's name for it, such as <c>key-{guid}</c>.</param>
    /// <param name="xml">The element.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public Task AddAsync(string friendlyName, string xml, CancellationToken cancellationToken)
    {
        var id = Guid.CreateVersion7();
        return database.ExecuteAsync(
            "INSERT INTO idp.data_protection_keys (id, friendly_name, xml_protected, master_key_id) VALUES (@id, "
                + "@name, @xml, @master_key_id)",
            cancellationToken,
            ("id", id),
            ("name", friendlyName),
            ("xml", masterKey.Protect(Purpose, id.ToString(), Encoding.UTF8.GetBytes(xml))),
            ("master_key_id", masterKey.CurrentId)
        );
    }

    /// <summary>Runs work that may create a first key while no other instance does; the others then read that key
    /// instead of creating one.</summary>
    public Task OneAtATimeAsync(Action work, CancellationToken cancellationToken) =>
        database.InTransactionAsync(
            async (transaction, cancel) =>
            {
                await transaction.ExecuteAsync(
                    "SELECT pg_advisory_xact_lock(hashtext('idp.data_protection_keys'))",
                    cancel
                );
                work();
            },
            cancellationToken
        );

    /// <summary>Encrypts every element again with the current master key, so that a former one can be removed. Returns
    /// the number of elements.</summary>
    /// <exception cref="CryptographicException">An element cannot be decrypted; nothing was changed.</exception>
    public Task<int> RewrapAsync(CancellationToken cancellationToken) =>
        database.InTransactionAsync(
            async (transaction, cancel) =>
            {
                var rows = await transaction.QueryAsync(
                    "SELECT id, xml_protected FROM idp.data_protection_keys WHERE master_key_id <> @current FOR UPDATE",
                    static row => (Id: row.GetGuid(0), Protected: row.GetFieldValue<byte[]>(1)),
                    cancel,
                    ("current", masterKey.CurrentId)
                );
                foreach (var (id, encrypted) in rows)
                {
                    var xml = masterKey.Unprotect(Purpose, id.ToString(), encrypted);
                    await transaction.ExecuteAsync(
                        "UPDATE idp.data_protection_keys SET xml_protected = @xml, master_key_id = @current WHERE id "
                            + "= @id",
                        cancel,
                        ("xml", masterKey.Protect(Purpose, id.ToString(), xml)),
                        ("current", masterKey.CurrentId),
                        ("id", id)
                    );
                }
                return rows.Count;
            },
            cancellationToken
        );
}
