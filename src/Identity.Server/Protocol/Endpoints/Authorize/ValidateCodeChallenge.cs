using System.Buffers.Text;
using System.Security.Cryptography;
using Identity.Core.Clients;
using Identity.Server.Protocol.Denials;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Endpoints.Authorize;

/// <summary> A code challenge is the SHA-256 of a verifier in base64url (RFC 7636 4.2): 43 characters. Anything else
/// could never be redeemed and is refused while the client can still be told. The engine has checked that there is one
/// with S256, except for a client that may rely on <c>nonce</c> instead (RFC 9700 2.1.1); that client must send one of
/// the two.
/// </summary>
internal sealed class ValidateCodeChallenge(ClientRegistry registry)
    : IOpenIddictServerHandler<ValidateAuthorizationRequestContext>
{
    public ValueTask HandleAsync(ValidateAuthorizationRequestContext context)
    {
        var challenge = context.Request.CodeChallenge;
        if (challenge is null && registry.Find(context.ClientId) is { AllowNonceInsteadOfPkce: true })
        {
            // The nonce protects only through the ID token, which requires the scope openid.
            if (
                string.IsNullOrEmpty(context.Request.Nonce)
                || !context.Request.HasScope(OpenIddictConstants.Scopes.OpenId)
            )
                context.Deny(
                    new(
                        nameof(ValidateCodeChallenge),
                        OpenIddictConstants.Errors.InvalidRequest,
                        "Send a code_challenge, or the scope openid and a nonce.",
                        "code_challenge or nonce",
                        "neither"
                    )
                );
            return ValueTask.CompletedTask;
        }
        if (
            challenge is null
            || !Base64Url.IsValid(challenge, out var length)
            || length != SHA256.HashSizeInBytes
            || challenge.Contains('=')
        )
        {
            context.Deny(
                new(
                    nameof(ValidateCodeChallenge),
                    OpenIddictConstants.Errors.InvalidRequest,
                    "The code_challenge is not a SHA-256 in base64url.",
                    "43 characters of base64url",
                    $"{challenge?.Length ?? 0} characters"
                )
            );
        }
        return ValueTask.CompletedTask;
    }
}
