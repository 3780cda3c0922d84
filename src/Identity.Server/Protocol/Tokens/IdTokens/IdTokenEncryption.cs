using Identity.Core.Clients;
using Identity.Server.Protocol.Denials;
using Identity.Server.Protocol.Tokens.Jose;
using Identity.Server.Protocol.Tokens.KeySets;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Identity.Server.Protocol.Tokens.IdTokens;

/// <summary>Encrypts an ID token for a client that registered it (OIDC Core 10.2): signed first, then
/// encrypted.</summary>
internal sealed class IdTokenEncryption(ClientKeys keys)
{
    /// <summary>The ID token to issue: encrypted, or only signed for a client that registered no encryption. Null if
    /// the client has no encryption key; then no ID token may be issued.</summary>
    public async Task<string?> EncryptAsync(Client client, string signed, CancellationToken cancellationToken)
    {
        if (
            client.Protocols
            is not { IdTokenEncryptedResponseAlg: { } algorithm, IdTokenEncryptedResponseEnc: { } content }
        )
            return signed;
        return await EncryptAsync(client, signed, algorithm, content, again: false, cancellationToken)
            ?? await EncryptAsync(client, signed, algorithm, content, again: true, cancellationToken);
    }

    /// <summary>Whether an ID token of this client could be issued now.</summary>
    public async Task<bool> IsPossibleAsync(Client client, CancellationToken cancellationToken) =>
        await EncryptAsync(client, "", cancellationToken) is not null;

    /// <summary>The refusal if it could not.</summary>
    public static Denial Refusal(Client client) =>
        new(
            nameof(IdTokenEncryption),
            Errors.ServerError,
            "The client's key set has no key to which the ID token could be encrypted.",
            client.Protocols.IdTokenEncryptedResponseAlg,
            "no such key"
        );

    private async Task<string?> EncryptAsync(
        Client client,
        string signed,
        string algorithm,
        string content,
        bool again,
        CancellationToken cancellationToken
    ) =>
        (await keys.AllAsync(client, again, cancellationToken))
            .Where(key => key.Use is null or "enc" && (key.Algorithm is null || key.Algorithm == algorithm))
            .Select(key => EncryptedJwt.Encrypt(key.Jwk, algorithm, content, signed))
            .FirstOrDefault(static encrypted => encrypted is not null);
}
