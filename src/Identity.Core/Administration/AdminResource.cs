using Microsoft.Extensions.Configuration;

namespace Identity.Core.Administration;

/// <summary>The administration API as access tokens name it.</summary>
public static class AdminResource
{
    /// <summary>Where the API begins.</summary>
    public const string Path = "/api/v1";

    private const string Issuer = "Identity:Issuer";
    private const string DevelopmentIssuer = "http://localhost:5000";

    /// <summary>The audience (RFC 8707 section 2, RFC 9068 section 3): the issuer and <see cref="Path"/>, whichever
    /// host name a request comes by. No other provider's token has it.</summary>
    public static string Of(IConfiguration configuration) => IssuerOf(configuration) + Path;

    /// <summary>The issuer, without a slash at its end.</summary>
    public static string IssuerOf(IConfiguration configuration) =>
        (configuration[Issuer] is { Length: > 0 } issuer ? issuer : DevelopmentIssuer).TrimEnd('/');
}
