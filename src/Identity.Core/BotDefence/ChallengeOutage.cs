using System.Globalization;
using Identity.Core.Primitives;

namespace Identity.Core.BotDefence;

/// <summary>Whether the service that judges answers could be asked when it was asked last.</summary>
public sealed class ChallengeOutage(TimeProvider time) : IServiceWarning
{
    /// <summary>Since when it cannot.</summary>
    public FailingSince Failing { get; } = new(time);

    /// <inheritdoc />
    public Task<string?> ReadAsync(CancellationToken cancellationToken) =>
        Task.FromResult(
            Failing.Value is { } since
                ? string.Create(
                    CultureInfo.InvariantCulture,
                    $"the bot challenge service has not answered since {since.UtcDateTime:yyyy-MM-dd HH:mm:ss'Z'}"
                )
                : null
        );
}
