using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Tokens.Jose;

/// <summary>
/// Lets the engine see such tokens only as <see cref="SignedJwt"/> reads: access tokens, hints and the tokens of an
/// exchange come from anybody, and its library throws on some that are malformed. What holds no dot is an opaque token
/// and is left to who looks it up.
/// </summary>
internal sealed class MalformedTokens : IOpenIddictServerHandler<ValidateTokenContext>
{
    private const int MaxCharacters = 32 * 1024;
    private static readonly string[] Times = ["exp", "nbf", "iat", "auth_time"];

    /// <summary>Whether the text is one signed JWT whose times a calendar has.</summary>
    public static bool IsReadable(string token)
    {
        using var jwt = SignedJwt.Read(token, MaxCharacters);
        return jwt is not null
            && Times.All(time => !jwt.Claims.TryGetProperty(time, out _) || jwt.Time(time) is not null);
    }

    public ValueTask HandleAsync(ValidateTokenContext context)
    {
        if (context.Token is { } token && token.Contains('.', StringComparison.Ordinal) && !IsReadable(token))
            context.Reject(Errors.InvalidToken, "The token is not well-formed.");
        return ValueTask.CompletedTask;
    }
}
