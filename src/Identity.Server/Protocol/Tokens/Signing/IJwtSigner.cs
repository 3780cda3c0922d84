namespace Identity.Server.Protocol.Tokens.Signing;

/// <summary>Signs JWTs of ours that are no access or ID tokens: logout tokens, JARM responses, signed userinfo and
/// introspection answers.</summary>
internal interface IJwtSigner
{
    /// <summary>The JWT in compact form; null when no key of this algorithm may sign now (KM-4).</summary>
    /// <param name="algorithm">One of <see cref="Core.Keys.SigningAlgorithm.Supported"/>.</param>
    /// <param name="type">The <c>typ</c> header, such as <c>logout+jwt</c>.</param>
    /// <param name="claims">The claims as a JSON object in UTF-8.</param>
    string? Sign(string algorithm, string type, ReadOnlySpan<byte> claims);
}
