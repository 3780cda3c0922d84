using Identity.Core.Data;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Identity.Core.Keys;

/// <summary>Before the host takes requests, creates the keys of a first start and reads all keys. A missing master key
/// stops the start (KM-4).</summary>
internal sealed class SigningKeyLoader(SigningKeyRotation rotation, SigningKeyRing ring) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        // Read first: an instance with the wrong master key must fail before it creates a key.
        await ring.LoadAsync(strict: true, cancellationToken);
        if (ring.IsReady)
            return;
        await rotation.EnsureAsync(cancellationToken);
        await ring.LoadAsync(strict: true, cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

/// <summary>Runs the rotation every <see cref="KeysOptions.RotationInterval"/> on every instance, and warns if keys
/// expire without a successor.</summary>
internal sealed class SigningKeyService(
    SigningKeyRotation rotation,
    SigningKeyRing ring,
    IOptions<KeysOptions> options,
    TimeProvider time,
    ILogger<SigningKeyService> logger
) : BackgroundService
{
    private static readonly int[] WarningDays = [3, 14, 30];

    private readonly Dictionary<string, int> _warned = new(StringComparer.Ordinal);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.RotationInterval, time);
        do
        {
            try
            {
                await rotation.RotateDueAsync(stoppingToken);
                await ring.ReloadAsync(stoppingToken);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                Log.RotationFailed(logger, options.Value.RotationInterval, exception);
            }
            Warn();
        } while (await NextAsync(timer, stoppingToken));
    }

    /// <summary> Warns once at 30, 14 and 3 days before a key without a successor ends. It works from memory, so that
    /// it also warns without the database. With automatic rotation, a successor is expected only shortly before the
    /// end, so a missing one is reported only then.
    /// </summary>
    internal void Warn()
    {
        var (now, settings) = (ring.Now, options.Value);
        foreach (var algorithm in ring.Algorithms)
        {
            if (ring.Find(algorithm) is null)
                Log.NoneValid(logger, algorithm);
            if (
                ring
                    .Published.Where(key => key.Algorithm == algorithm && key.RetiresAt > now)
                    .MaxBy(key => key.RetiresAt)
                is not { } last
            )
                continue;

            var left = last.RetiresAt - now;
            var threshold = WarningDays.FirstOrDefault(days => left <= TimeSpan.FromDays(days));
            if (
                threshold == 0
                || _warned.GetValueOrDefault(last.Kid, int.MaxValue) <= threshold
                || (settings.AutomaticRotation && left >= settings.AnnounceBefore)
            )
                continue;
            _warned[last.Kid] = threshold;
            Log.ExpiresWithoutSuccessor(
                logger,
                algorithm,
                last.Kid,
                (int)left.TotalDays,
                settings.AutomaticRotation
                    ? "Rotation by schedule is not keeping up."
                    : $"{KeysOptions.Section}:AutomaticRotation is off: run 'identity keys rotate'."
            );
        }
    }

    private static async Task<bool> NextAsync(PeriodicTimer timer, CancellationToken stoppingToken)
    {
        try
        {
            return await timer.WaitForNextTickAsync(stoppingToken);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
