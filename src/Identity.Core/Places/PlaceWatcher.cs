using Identity.Core.Primitives;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Identity.Core.Places;

/// <summary>Loads a replaced file. It polls, because file system notifications do not report changes on mounted
/// volumes.</summary>
internal sealed class PlaceWatcher(PlaceFinder places, IOptions<PlaceOptions> options, TimeProvider time)
    : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!places.HasFiles)
            return;
        using PeriodicTimer timer = new(options.Value.CheckInterval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                places.Refresh();
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host is stopping.
        }
    }
}

/// <summary>Reports a file that is not in use.</summary>
public sealed class PlaceWarning(PlaceFinder places) : IServiceWarning
{
    /// <inheritdoc />
    public Task<string?> ReadAsync(CancellationToken cancellationToken)
    {
        string[] faults = [.. places.Faults.Select(static file => $"{file.Setting} is not in use: {file.Fault}")];
        return Task.FromResult(faults.Length == 0 ? null : string.Join("; ", faults));
    }
}
