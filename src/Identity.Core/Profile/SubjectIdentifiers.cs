using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Identity.Core.Clients;
using Identity.Core.Data;
using Identity.Core.Keys;
using Identity.Core.Primitives;
using Microsoft.Extensions.Hosting;

namespace Identity.Core.Profile;

/// <summary> The <c>sub</c> of a person for a client (OIDC Core section 8): the account's id, or for a pairwise client
/// that id encrypted for the client's sector, so that two sectors cannot correlate people and only this provider can
/// decrypt it (section 8.1). Nothing is stored per person. The key is random, stored encrypted in <c>idp.secrets</c>
/// and not derived from the master key, because a change of the master key must not change subjects.
/// </summary>
public sealed class SubjectIdentifiers(Database database, MasterKey master) : IHostedService
{
    private const string SecretName = "pairwise_subject";
    private const int KeyBytes = 32;
    private const int IdBytes = 16;
    private const string Pairwise = "pairwise";

    private byte[]? _key;

    /// <summary>The <c>sub</c>.</summary>
    public string Of(Client client, Guid userId) => IsPairwise(client) ? Hide(client, userId) : userId.ToString("D");

    /// <summary>The account id in a <c>sub</c> of this client; null if the text is not a valid one. The account need
    /// not exist.</summary>
    public Guid? Find(Client client, string? subject) =>
        subject is null ? null
        : IsPairwise(client) ? Show(client, subject)
        : SubjectId.TryParse(subject, out var id) ? id.Value
        : null;

    /// <summary>Whether the client's subjects are pairwise.</summary>
    public static bool IsPairwise(Client client) => client.SubjectType == Pairwise;

    /// <summary>Whether a <c>sub</c>, for example from an <c>id_token_hint</c>, is this person's for the client. In
    /// constant time.</summary>
    public bool Matches(Client client, Guid userId, string subject) =>
        CryptographicOperations.FixedTimeEquals(
            Encoding.UTF8.GetBytes(Of(client, userId)),
            Encoding.UTF8.GetBytes(subject)
        );

    /// <summary>Reads the key and creates it on the first start. Of instances that start together, one creates it and
    /// all read the same.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var fresh = master.Protect("secrets", SecretName, RandomNumberGenerator.GetBytes(KeyBytes));
        await database.ExecuteAsync(
            "INSERT INTO idp.secrets (name, value_protected, master_key_id) VALUES (@name, @value, @key) ON CONFLICT "
                + "DO NOTHING",
            cancellationToken,
            ("name", SecretName),
            ("value", fresh),
            ("key", master.CurrentId)
        );
        var (value, keyId) = await database.QuerySingleOrDefaultAsync(
            "SELECT value_protected, master_key_id FROM idp.secrets WHERE name = @name",
            static row => (row.GetFieldValue<byte[]>(0), row.GetString(1)),
            cancellationToken,
            ("name", SecretName)
        );
        var key = master.Unprotect("secrets", SecretName, value);
        if (keyId != master.CurrentId)
            await EncryptAgainAsync(key, keyId, cancellationToken);
        Volatile.Write(ref _key, key);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>
    /// The sector (section 8.1): the host of the sector identifier, or the one host of the redirect URIs.
    /// <see cref="ClientReader"/> refuses a pairwise client with several hosts and no sector identifier.
    /// </summary>
    internal static string SectorOf(Client client) =>
        client.SectorIdentifierUri?.Host
        ?? client
            .RedirectUris.Select(static text => Uri.TryCreate(text, UriKind.Absolute, out var uri) ? uri.Host : null)
            .OfType<string>()
            .FirstOrDefault()
        ?? client.Id;

    // One block of AES, which is a permutation: two people never share a sub, and 16 arbitrary bytes decrypt to an id
    // that does not exist.
    private string Hide(Client client, Guid userId)
    {
        using var cipher = CipherOf(client);
        return Base64Url.EncodeToString(cipher.EncryptEcb(userId.ToByteArray(bigEndian: true), PaddingMode.None));
    }

    private Guid? Show(Client client, string subject)
    {
        var block = new byte[IdBytes];
        if (
            !Base64Url.IsValid(subject, out var length)
            || length != IdBytes
            || !Base64Url.TryDecodeFromChars(subject, block, out _)
        )
            return null;
        using var cipher = CipherOf(client);
        Guid id = new(cipher.DecryptEcb(block, PaddingMode.None), bigEndian: true);
        // The last character has unused bits: of the texts that decode to the same bytes, only one is the subject.
        return Hide(client, id) == subject ? id : null;
    }

    private Aes CipherOf(Client client)
    {
        var key =
            Volatile.Read(ref _key)
            ?? throw new InvalidOperationException("The key of pairwise subjects has not been read yet.");
        var cipher = Aes.Create();
        cipher.Key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(SectorOf(client)));
        return cipher;
    }

    // The master key was changed; encrypt with the current one.
    private Task<int> EncryptAgainAsync(byte[] key, string formerKeyId, CancellationToken cancellationToken) =>
        database.ExecuteAsync(
            "UPDATE idp.secrets SET value_protected = @value, master_key_id = @key WHERE name = @name AND "
                + "master_key_id = @former",
            cancellationToken,
            ("name", SecretName),
            ("value", master.Protect("secrets", SecretName, key)),
            ("key", master.CurrentId),
            ("former", formerKeyId)
        );
}
