using System.Globalization;
using Identity.Core.Primitives;

namespace Identity.Core.Data;

/// <summary>Whether this instance receives notifications. While it does not, it keeps using its current state, and new
/// clients and keys reach it late.</summary>
public sealed class ListenerState(TimeProvider time) : IServiceWarning
{
    /// <summary>The time since which no notifications arrive.</summary>
    public FailingSince Interruption { get; } = new(time);

    /// <inheritdoc />
    public Task<string?> ReadAsync(CancellationToken cancellationToken) =>
        Task.FromResult(
            Interruption.Value is { } since
                ? string.Create(
                    CultureInfo.InvariantCulture,
                    $"changes in the database have not been heard since {since.UtcDateTime:yyyy-MM-dd HH:mm:ss'Z'}"
                )
                : null
        );
}
