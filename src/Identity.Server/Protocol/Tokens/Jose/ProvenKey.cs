using System.Text.Json;

namespace Identity.Server.Protocol.Tokens.Jose;

/// <summary> The key whose possession the sender of a request proved, as the single member of a <c>cnf</c> claim (RFC
/// 7800 3.1): <c>jkt</c> by DPoP (RFC 9449 6.1) or <c>x5t#S256</c> by mutual TLS (RFC 8705 3.1). Issued tokens are
/// bound to it.
/// </summary>
internal sealed record ProvenKey(string Member, string Thumbprint)
{
    public const string DpopMember = "jkt";
    public const string CertificateMember = "x5t#S256";

    /// <summary>The answer's <c>token_type</c>: a certificate-bound token is still called a bearer token (RFC 8705
    /// 3).</summary>
    public string TokenType => Member == DpopMember ? "DPoP" : "Bearer";

    /// <summary>The claim's value.</summary>
    public IReadOnlyDictionary<string, object> ToClaim() =>
        new Dictionary<string, object>(StringComparer.Ordinal) { [Member] = Thumbprint };

    /// <summary>The claim's value as JSON, the form in which grants store it.</summary>
    public string ToJson() =>
        JsonSerializer.Serialize(new Dictionary<string, string>(StringComparer.Ordinal) { [Member] = Thumbprint });
}
