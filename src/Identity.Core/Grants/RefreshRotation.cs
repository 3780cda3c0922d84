using Identity.Core.Audit;

namespace Identity.Core.Grants;

/// <summary>What a client presents to go on with a grant.</summary>
/// <param name="RequestedScopes">What it asks for now; null for all that was granted. Less holds for this answer only,
/// the family keeps all (RFC 6749 section 6).</param>
/// <param name="Confirmation">The key that the request proved, as the JSON of a <c>cnf</c> claim; null when
/// none.</param>
/// <param name="IdleLifetime">How long the successor lives unused.</param>
/// <param name="Grace">How long a rotated token gives its unused successor once more
/// (<see cref="GrantOptions.RefreshGrace"/>).</param>
/// <param name="Request">From where, for the audit log.</param>
/// <param name="Keeps">Whether the token is not rotated: it stays good, and lives on as long as a successor would (FAPI
/// 2.0 security profile 5.3.2.1).</param>
/// <param name="ReuseEndsSession">Whether a token that comes back after its successor was used ends the browser's
/// session too, and not the family alone.</param>
/// <param name="BindsFamily">Whether a family that is bound to no key is bound to this one from now on, as a public
/// client's is (RFC 9449 section 5).</param>
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
    /// <summary>The grant with the scopes that are asked for now.</summary>
    internal TokenGrant Narrow(TokenGrant grant) =>
        RequestedScopes is { } asked ? grant with { Scopes = [.. grant.Scopes.Where(asked.Contains)] } : grant;

    /// <summary>Redacted.</summary>
    public override string ToString() => $"RefreshRotation {ClientId}";
}
