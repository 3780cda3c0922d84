using Identity.Core.Audit;

namespace Identity.Core.Grants;

/// <summary>What ends with a family, and what is told of it. A session that only this family has ends in any
/// case.</summary>
internal sealed record RefreshFamilyEnd(string Reason, bool EndsSession, string EventType)
{
    public static RefreshFamilyEnd Theft(PresentedRefreshToken token, RefreshRotation rotation) =>
        new("token_theft", token.OwnsSession || rotation.ReuseEndsSession, AuditEventTypes.TokenReuse);

    // Nobody has used the successor, so nothing speaks of theft; but nobody can say who has it either, and who
    // asks has to sign in again anyway.
    public static RefreshFamilyEnd Unclaimed(PresentedRefreshToken token) =>
        new("successor_unclaimed", token.OwnsSession, AuditEventTypes.TokenRevoked);
}
