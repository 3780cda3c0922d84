using Identity.Server.Protocol.Tokens.Jose;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Tokens.AccessTokens;

/// <summary>
/// Lets the engine see such tokens only as <see cref="SignedJwt"/> reads: access tokens, hints and the tokens of an
/// exchange come from anybody, and its library throws on some that are malformed. What holds no dot is an opaque token
/// and is left to who looks it up.
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
