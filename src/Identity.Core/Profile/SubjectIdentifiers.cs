using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Identity.Core.Clients;
using Identity.Core.Data;
using Identity.Core.Keys;
using Microsoft.Extensions.Hosting;

namespace Identity.Core.Profile;

/// <summary>
/// The <c>sub</c> of a person towards a client (OIDC Core section 8): the account's id, or for a pairwise client a keyed digest of it and of the client's sector, so
/// that two sectors cannot compare notes. Nothing is stored for each person. The key is random, kept closed in <c>idp.secrets</c> and not derived from the master
/// key: changing that must not change who people are.
/// </summary>
public sealed class SubjectIdentifiers(Database database, MasterKey master) : IHostedService
{
    private const string SecretName = "pairwise_subject";
    private const int KeyBytes = 32;

    private byte[]? _key;

    /// <summary>The <c>sub</c>.</summary>
    public string Of(Client client, Guid userId) => client.SubjectType == "pairwise" ? Pairwise(client, userId) : userId.ToString("D");

    /// <summary>Whether a <c>sub</c>, as from an <c>id_token_hint</c>, is this person's towards the client. In constant time.</summary>
    public bool Matches(Client client, Guid userId, string subject) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(Of(client, userId)), Encoding.UTF8.GetBytes(subject));

    /// <summary>Reads the key, making it on the first start. Of instances that start at once one makes it and all read the same.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var fresh = master.Protect("secrets", SecretName, RandomNumberGenerator.GetBytes(KeyBytes));
        await database.ExecuteAsync("INSERT INTO idp.secrets (name, value_protected, master_key_id) VALUES (@name, @value, @key) ON CONFLICT DO NOTHING",
            cancellationToken, ("name", SecretName), ("value", fresh), ("key", master.CurrentId));
        var (value, keyId) = await database.QuerySingleOrDefaultAsync("SELECT value_protected, master_key_id FROM idp.secrets WHERE name = @name",
            static row => (row.GetFieldValue<byte[]>(0), row.GetString(1)), cancellationToken, ("name", SecretName));
        var key = master.Unprotect("secrets", SecretName, value);
        if (keyId != master.CurrentId)
            await CloseAnewAsync(key, keyId, cancellationToken);
        Volatile.Write(ref _key, key);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>
    /// The sector (section 8.1): the host of the sector identifier, or the one host of the redirect URIs. <see cref="ClientReader"/> refuses a pairwise client with
    /// several hosts and no sector identifier.
    /// </summary>
    internal static string SectorOf(Client client) =>
        client.SectorIdentifierUri?.Host ?? client.RedirectUris.Select(static text => Uri.TryCreate(text, UriKind.Absolute, out var uri) ? uri.Host : null).OfType<string>().FirstOrDefault() ?? client.Id;

    private string Pairwise(Client client, Guid userId)
    {
        var key = Volatile.Read(ref _key) ?? throw new InvalidOperationException("The key of pairwise subjects has not been read yet.");
        var sector = Encoding.UTF8.GetBytes(SectorOf(client));
        // The sector goes in with its length, so that no two pairs run into the same bytes.
        byte[] data = [(byte)(sector.Length >> 8), (byte)sector.Length, .. sector, .. userId.ToByteArray(bigEndian: true)];
        return Base64Url.EncodeToString(HMACSHA256.HashData(key, data));
    }

    // The master key was changed: from now on the current one is enough.
    private Task<int> CloseAnewAsync(byte[] key, string formerKeyId, CancellationToken cancellationToken) =>
        database.ExecuteAsync("UPDATE idp.secrets SET value_protected = @value, master_key_id = @key WHERE name = @name AND master_key_id = @former",
            cancellationToken, ("name", SecretName), ("value", master.Protect("secrets", SecretName, key)), ("key", master.CurrentId), ("former", formerKeyId));
}
