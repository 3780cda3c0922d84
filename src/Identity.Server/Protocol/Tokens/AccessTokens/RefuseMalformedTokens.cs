using Identity.Server.Protocol.Tokens.Jose;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Tokens.AccessTokens;

/// <summary> Passes only tokens to the engine that <see cref="SignedJwt"/> can read: access tokens, hints and exchanged
/// tokens are untrusted, and the engine's library throws on some malformed ones. A text without a dot is an opaque
/// token and is left to its own look-up.
/// </summary>
internal sealed class RefuseMalformedTokens : IOpenIddictServerHandler<ValidateTokenContext>
{
    public ValueTask HandleAsync(ValidateTokenContext context)
    {
        if (context.Token is { } token && token.Contains('.', StringComparison.Ordinal) && !ReadableJwt.Is(token))
            context.Reject(Errors.InvalidToken, "The token is not well-formed.");
        return ValueTask.CompletedTask;
    }
}
