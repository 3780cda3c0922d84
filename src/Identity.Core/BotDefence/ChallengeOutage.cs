using System.Globalization;
using Identity.Core.Primitives;

namespace Identity.Core.BotDefence;

/// <summary>Whether the last call to the service that judges answers succeeded.</summary>
public sealed class ChallengeOutage(TimeProvider time) : IServiceWarning
{
    /// <summary>The start of the outage.</summary>
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
