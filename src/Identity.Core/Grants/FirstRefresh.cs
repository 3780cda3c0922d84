using Identity.Core.Audit;

namespace Identity.Core.Grants;

/// <summary>A grant that began without a code: the device grant (RFC 8628), CIBA. Its family hangs on a session of its
/// own, which tokens name as <c>sid</c>.</summary>
/// <param name="Confirmation">As in <see cref="RefreshRotation"/>; the family is bound to it.</param>
/// <param name="IdleLifetime">How long the refresh token lives unused; null when the client gets none.</param>
/// <param name="AbsoluteLifetime">How long the session of its own, and so the family, lives at most.</param>
public sealed record FirstRefresh(
    Guid UserId,
    string ClientId,
    IReadOnlyList<string> Scopes,
    GrantDetails Details,
    string? Confirmation,
    TimeSpan? IdleLifetime,
    TimeSpan AbsoluteLifetime,
    RequestContext? Request = null
);
