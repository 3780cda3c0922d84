using Identity.Core.Audit;

namespace Identity.Core.Grants;

/// <summary>A grant without a code: the device grant (RFC 8628) or CIBA. Its family has a session of its own, which is
/// the <c>sid</c> of its tokens.</summary>
/// <param name="Confirmation">As in <see cref="RefreshRotation"/>; the family is bound to it.</param>
/// <param name="IdleLifetime">The idle lifetime of the refresh token; null if the client gets none.</param>
/// <param name="AbsoluteLifetime">The maximum lifetime of its session, and so of the family.</param>
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
