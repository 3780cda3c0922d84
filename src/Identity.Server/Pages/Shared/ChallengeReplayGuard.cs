using Identity.Core.BotDefence;
using Identity.Core.Grants;

namespace Identity.Server.Pages.Shared;

/// <summary>Remembers answers to challenges in the provider's replay guard, which all instances share.</summary>
internal sealed class ChallengeReplayGuard(ReplayGuard guard, TimeProvider time) : IChallengeReplayGuard
{
    public Task<bool> RememberOnceAsync(
        string purpose,
        string value,
        DateTimeOffset expiresAt,
        CancellationToken cancellationToken
    ) => guard.TryClaimAsync(purpose, "", value, expiresAt - time.GetUtcNow(), cancellationToken);
}
