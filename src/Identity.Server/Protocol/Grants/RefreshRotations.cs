using Identity.Core.Clients;
using Identity.Core.Grants;
using Identity.Server.Browser;
using Identity.Server.Protocol.Tokens.Jose;
using Microsoft.Extensions.Options;

namespace Identity.Server.Protocol.Grants;

/// <summary>Rotates the refresh token of a request, once: see <see cref="RequestRedemption"/>.</summary>
internal sealed class RefreshRotations(RefreshTokenStore tokens, IOptions<GrantOptions> options)
{
    /// <summary>One SQL command, and none when this request was rotated before.</summary>
    /// <param name="asked">The scopes that were asked for; none for all that were granted.</param>
    /// <param name="key">The key that was proved; null without a proof.</param>
    public async Task<GrantRedemption> RotateAsync(
        HttpContext http,
        Client client,
        string token,
        IEnumerable<string> asked,
        ProvenKey? key
    )
    {
        if (RequestRedemption.Of(http) is { } known)
            return known;
        string[] scopes = [.. asked.Distinct(StringComparer.Ordinal)];
        RefreshRotation rotation = new(
            token,
            client.Id,
            scopes.Length > 0 ? scopes : null,
            key?.ToJson(),
            client.RefreshTokenIdleLifetime,
            client.RefreshTokenGrace ?? options.Value.RefreshGrace,
            http.ReadRequestContext(),
            Keeps: client.Profile == ClientProfile.Fapi2,
            BindsFamily: !client.IsConfidential,
            ReuseEndsSession: client.RefreshTokenReuseEnds == RefreshTokenReuse.Session
        );
        return RequestRedemption.Keep(http, await tokens.RotateAsync(rotation, http.RequestAborted));
    }
}
