using Identity.Core.Keys;

namespace Identity.Server.Protocol.Tokens.Signing;

/// <summary>Signs every JWT of this provider: access, ID and logout tokens, JARM responses, signed userinfo and
/// introspection responses.</summary>
internal interface IJwtSigner
{
    /// <summary>The JWT in compact form; null if no key of this algorithm may sign now (KM-4).</summary>
    /// <param name="algorithm">One of <see cref="SigningAlgorithm.Supported"/>.</param>
    /// <param name="type">The <c>typ</c> header, such as <c>logout+jwt</c>.</param>
    /// <param name="claims">The claims as a JSON object in UTF-8.</param>
    string? TrySign(string algorithm, string type, ReadOnlySpan<byte> claims);
}

internal static class JwtSigning
{
    /// <summary>As <see cref="IJwtSigner.TrySign"/>.</summary>
    /// <exception cref="SigningKeyUnavailableException">No key of this algorithm may sign now (KM-4).</exception>
    public static string Sign(this IJwtSigner signer, string algorithm, string type, ReadOnlySpan<byte> claims) =>
        signer.TrySign(algorithm, type, claims) ?? throw new SigningKeyUnavailableException(algorithm);
}
