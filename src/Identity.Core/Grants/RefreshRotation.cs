using Identity.Core.Audit;

namespace Identity.Core.Grants;

/// <summary>A client's refresh request.</summary>
/// <param name="RequestedScopes">The requested scopes; null for all that were granted. Fewer scopes apply to this
/// answer only; the family keeps all (RFC 6749 section 6).</param>
/// <param name="Confirmation">The key that the request proved, as the JSON of a <c>cnf</c> claim; null if none.</param>
/// <param name="IdleLifetime">The idle lifetime of the successor.</param>
/// <param name="Grace">How long a rotated token returns its unused successor again (<see
/// cref="GrantOptions.RefreshGrace"/>).</param>
/// <param name="Request">Who is asking, for the audit log.</param>
/// <param name="Keeps">Whether the token is kept instead of rotated: it stays valid for as long as a successor would
/// (FAPI 2.0 security profile 5.3.2.1).</param>
/// <param name="ReuseEndsSession">Whether a replay after the successor was used also ends the browser's session, and
/// not only the family.</param>
/// <param name="BindsFamily">Whether a family without a key is bound to this one from now on, as a public client's is
/// (RFC 9449 section 5).</param>
public sealed record RefreshRotation(
    string RefreshToken,
    string ClientId,
    IReadOnlyList<string>? RequestedScopes,
    string? Confirmation,
    TimeSpan IdleLifetime,
    TimeSpan Grace,
    RequestContext? Request = null,
    bool Keeps = false,
    bool BindsFamily = false,
    bool ReuseEndsSession = false
)
{
    /// <summary>The grant with the requested scopes.</summary>
    internal TokenGrant Narrow(TokenGrant grant) =>
        RequestedScopes is { } asked ? grant with { Scopes = [.. grant.Scopes.Where(asked.Contains)] } : grant;

    /// <summary>Redacted.</summary>
    public override string ToString() => $"RefreshRotation {ClientId}";
}
