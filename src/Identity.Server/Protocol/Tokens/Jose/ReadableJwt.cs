namespace Identity.Server.Protocol.Tokens.Jose;

/// <summary>Decides which untrusted JWTs are passed to a library that throws on some malformed ones.</summary>
internal static class ReadableJwt
{
    private const int MaxCharacters = 32 * 1024;
    private static readonly string[] Times = ["exp", "nbf", "iat", "auth_time"];

    /// <summary>Whether the text is a signed JWT whose times are valid dates.</summary>
    public static bool Is(string token)
    {
        using var jwt = SignedJwt.Read(token, MaxCharacters);
        return jwt is not null
            && Times.All(time => !jwt.Claims.TryGetProperty(time, out _) || jwt.Time(time) is not null);
    }
}
