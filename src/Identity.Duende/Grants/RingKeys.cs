using Duende.IdentityServer.Models;
using Duende.IdentityServer.Services;
using Identity.Server.Protocol.Engine.Credentials;
using Microsoft.IdentityModel.Tokens;

namespace Identity.DuendeHost.Grants;

// Grants owns what Duende hands out and takes back: codes, refresh tokens, device codes, access tokens, claims and
// keys. Every decision is one statement of a room of Core; Duende's own stores are not used for any of them.

/// <summary>The keys of the provider's ring. Duende's own key management is off.</summary>
internal sealed class RingKeys(RingCredentials credentials) : IKeyMaterialService
{
    public Task<IEnumerable<SecurityKeyInfo>> GetValidationKeysAsync() =>
        Task.FromResult(
            credentials.Verifying.Select(static published => new SecurityKeyInfo
            {
                Key = published.Key,
                SigningAlgorithm = published.Algorithm,
            })
        );

    public Task<SigningCredentials> GetSigningCredentialsAsync(IEnumerable<string>? allowedAlgorithms = null)
    {
        string[] allowed = [.. allowedAlgorithms ?? []];
        return Task.FromResult(
            credentials.Signing.First(key => allowed.Length == 0 || allowed.Contains(key.Algorithm))
        );
    }

    public Task<IEnumerable<SigningCredentials>> GetAllSigningCredentialsAsync() =>
        Task.FromResult(credentials.Signing);
}
