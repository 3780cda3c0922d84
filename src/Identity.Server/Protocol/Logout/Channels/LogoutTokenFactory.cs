using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using Identity.Core.Clients;
using Identity.Core.Logout;
using Identity.Core.Profile;
using Identity.Server.Protocol.Engine;
using Identity.Server.Protocol.Tokens.Jose;
using Identity.Server.Protocol.Tokens.Signing;

namespace Identity.Server.Protocol.Logout.Channels;

// Logout (of Protocol) owns the messages to clients about the end of a session: the logout token and its post,
// front-channel URLs. Core.Logout decides when to send them.

/// <summary>Logout tokens (OpenID Connect Back-Channel Logout 1.0 section 2.4), signed like the client's ID
/// tokens.</summary>
internal sealed class LogoutTokenFactory(
    IJwtSigner signer,
    SubjectIdentifiers subjects,
    Issuer issuer,
    TimeProvider clock
) : ILogoutTokenFactory
{
    /// <summary>The lifetime of a token: two minutes at most (section 2.4).</summary>
    internal static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(2);

    // Never a nonce: a logout token must not pass for an ID token.
    private static readonly JsonElement Events = JsonElement.Parse(
        """{"http://schemas.openid.net/event/backchannel-logout":{}}"""
    );

    public string? Create(Client client, LogoutDelivery delivery)
    {
        var now = clock.GetUtcNow().ToUnixTimeSeconds();
        var claims = JwtClaims.Write([
            new("iss", issuer.Value),
            new("sub", subjects.Of(client, delivery.UserId)),
            new("aud", client.Id),
            new("iat", now),
            new("exp", now + (long)Lifetime.TotalSeconds),
            // A new one for each attempt: a client that failed after recording it must not take the next attempt for a
            // replay.
            new("jti", Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16))),
            new("events", Events),
            new("sid", delivery.SessionId.ToString("D")),
        ]);
        return signer.TrySign(client.IdTokenSignedResponseAlg, "logout+jwt", claims);
    }
}
