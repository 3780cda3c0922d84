using Identity.Core.BotDefence;
using Identity.Core.Grants;

namespace Identity.Server.Pages.Shared;

/// <summary>Remembers answers to challenges where the provider remembers all that counts once, shared by its
/// instances.</summary>
internal sealed class ChallengeReplayGuard(ReplayGuard guard, TimeProvider time) : IChallengeReplayGuard
{
    public Task<bool> RememberOnceAsync(
        string purpose,
        string value,
        DateTimeOffset expiresAt,
        CancellationToken cancellationToken
    ) => guard.TryClaimAsync(purpose, "", value, expiresAt - time.GetUtcNow(), cancellationToken);
}
