using Identity.Core.Clients;
using Identity.Core.Keys;
using Identity.Server.Protocol.Denials;
using Identity.Server.Protocol.Tokens.AccessTokens;
using Identity.Server.Protocol.Tokens.IdTokens;

namespace Identity.Server.Protocol.Endpoints.Token;

/// <summary> Checks, before a code, a refresh token or an approved request is claimed, that its tokens can be signed
/// and, if the client registered it, encrypted. Otherwise a key that is missing for a minute would consume something
/// that the client cannot get again.
/// </summary>
internal sealed class TokenKeys(AccessTokenWriter accessTokens, SigningKeyRing ring, IdTokenEncryption encryption)
{
    /// <summary>The refusal if an ID token could not be encrypted; null if all is well.</summary>
    /// <exception cref="SigningKeyUnavailableException">No key may sign the tokens now (KM-4).</exception>
    public async Task<Denial?> CheckAsync(Client client, bool needsIdToken, CancellationToken cancellationToken)
    {
        ring.Current(accessTokens.AlgorithmFor(client));
        if (!needsIdToken)
            return null;
        ring.Current(client.IdTokenSignedResponseAlg);
        return await encryption.IsPossibleAsync(client, cancellationToken) ? null : IdTokenEncryption.Refusal(client);
    }
}
