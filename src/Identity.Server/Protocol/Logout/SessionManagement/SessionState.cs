using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Identity.Core.Primitives;

namespace Identity.Server.Protocol.Logout.SessionManagement;

// SessionManagement lets a client's page notice that the person's state at the provider changed (OpenID Connect Session
// Management 1.0): session_state and the iframe that compares it. It ends no session.

/// <summary> The value of <c>session_state</c> (Session Management 1.0 section 2): a salted digest of the client, its
/// origin and the browser's state (<see cref="Browser.StateCookie"/>), which the iframe computes again.
/// </summary>
internal static class SessionState
{
    private const int SaltBytes = 16;

    /// <summary>The value for an authorization response; null if the redirect URI has no web origin (a native app has
    /// no iframe).</summary>
    public static string? Create(string clientId, string redirectUri, string browserState) =>
        WebOrigin.Of(redirectUri) is { } origin
            ? Compute(
                clientId,
                origin,
                browserState,
                Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SaltBytes))
            )
            : null;

    /// <summary>Digest and salt, joined by a dot, so that the iframe can read the salt.</summary>
    internal static string Compute(string clientId, string origin, string browserState, string salt) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{clientId} {origin} {browserState} {salt}")))
        + "."
        + salt;
}
