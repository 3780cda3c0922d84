namespace Identity.Core.Keys;

/// <summary>The signature algorithms for which this provider keeps keys (RFC 7518 section 3.1; TK-1: an allow-list,
/// independent of what a token names).</summary>
public static class SigningAlgorithm
{
    public const string ES256 = "ES256";
    public const string RS256 = "RS256";
    public const string PS256 = "PS256";

    /// <summary>All of one digest size (SHA-256), which <c>at_hash</c> depends on.</summary>
    public static IReadOnlyList<string> Supported { get; } = [ES256, RS256, PS256];

    public static bool IsSupported(string algorithm) => Supported.Contains(algorithm, StringComparer.Ordinal);
}
