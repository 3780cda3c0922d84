using System.Buffers.Text;
using System.Security.Cryptography;
using Identity.Core.Clients;
using Identity.Server.Protocol.Denials;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Identity.Server.Protocol.Endpoints.Authorize.Decision;

/// <summary> A code challenge is the SHA-256 of a verifier in base64url (RFC 7636 4.2): 43 characters. Anything else
/// could never be redeemed and is refused while the client can still be told. A client that may rely on <c>nonce</c>
/// instead (RFC 9700 2.1.1) must send one of the two.
/// </summary>
internal static class CodeChallengeRule
{
    private const string Rule = "ValidateCodeChallenge";

    /// <summary>Null for a request that may continue.</summary>
    /// <param name="isOpenId">Whether it has the scope <c>openid</c>.</param>
    public static Denial? Check(Client client, string? challenge, string? nonce, bool isOpenId)
    {
        if (challenge is null && client.AllowNonceInsteadOfPkce)
            // The nonce protects only through the ID token, which requires the scope openid.
            return string.IsNullOrEmpty(nonce) || !isOpenId
                ? new(
                    Rule,
                    Errors.InvalidRequest,
                    "Send a code_challenge, or the scope openid and a nonce.",
                    "code_challenge or nonce",
                    "neither"
                )
                : null;
        return
            challenge is not null
            && Base64Url.IsValid(challenge, out var length)
            && length == SHA256.HashSizeInBytes
            && !challenge.Contains('=')
            ? null
            : new(
                Rule,
                Errors.InvalidRequest,
                "The code_challenge is not a SHA-256 in base64url.",
                "43 characters of base64url",
                $"{challenge?.Length ?? 0} characters"
            );
    }
}
