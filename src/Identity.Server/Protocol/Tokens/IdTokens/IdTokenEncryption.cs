using System.Collections.Immutable;
using Identity.Core.Clients;
using Identity.Server.Protocol.Tokens.Jose;
using Identity.Server.Protocol.Tokens.KeySets;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Tokens.IdTokens;

/// <summary>Closes an ID token to its client, where the client registered so (OIDC Core 10.2): signed first, then
/// encrypted.</summary>
internal sealed class IdTokenEncryption(ClientKeys keys)
{
    /// <summary>What to hand out; null when the client has no key to which it could be closed. Then nothing may be
    /// handed out: in the open it would be read by whom it should not.</summary>
    public async Task<string?> CloseAsync(Client client, string signed, CancellationToken cancellationToken)
    {
        if (
            client.Protocols
            is not { IdTokenEncryptedResponseAlg: { } algorithm, IdTokenEncryptedResponseEnc: { } content }
        )
            return signed;
        return await CloseAsync(client, signed, algorithm, content, again: false, cancellationToken)
            ?? await CloseAsync(client, signed, algorithm, content, again: true, cancellationToken);
    }

    private async Task<string?> CloseAsync(
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
            .FirstOrDefault(static closed => closed is not null);
}

/// <summary>OIDC Discovery 3.</summary>
internal sealed class TellOfEncryption : IOpenIddictServerHandler<ApplyConfigurationResponseContext>
{
    public ValueTask HandleAsync(ApplyConfigurationResponseContext context)
    {
        if (context.Response.Error is null)
        {
            context.Response["id_token_encryption_alg_values_supported"] =
                EncryptedJwt.Algorithms.ToImmutableArray<string?>();
            context.Response["id_token_encryption_enc_values_supported"] =
                EncryptedJwt.Contents.ToImmutableArray<string?>();
        }
        return ValueTask.CompletedTask;
    }
}
