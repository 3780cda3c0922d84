using Identity.Core.Audit;

namespace Identity.Core.Grants;

/// <summary>What ends with a family, and what is recorded. A session that belongs to this family alone always
/// ends.</summary>
internal sealed record RefreshFamilyEnd(string Reason, bool EndsSession, string EventType)
{
    public static RefreshFamilyEnd Theft(PresentedRefreshToken token, RefreshRotation rotation) =>
        new("token_theft", token.OwnsSession || rotation.ReuseEndsSession, AuditEventTypes.TokenReuse);

    // The successor is unused, so nothing indicates theft. But it is unknown who holds it, and the caller has to sign
    // in again anyway.
    public static RefreshFamilyEnd Unclaimed(PresentedRefreshToken token) =>
        new("successor_unclaimed", token.OwnsSession, AuditEventTypes.TokenRevoked);
}
