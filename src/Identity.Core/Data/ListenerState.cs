using System.Globalization;
using Identity.Core.Primitives;

namespace Identity.Core.Data;

/// <summary>Whether this instance hears of changes. While it does not, it works on with what it knows: new clients and
/// keys reach it late.</summary>
public sealed class ListenerState(TimeProvider time) : IServiceWarning
{
    /// <summary>Since when nothing is heard.</summary>
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
