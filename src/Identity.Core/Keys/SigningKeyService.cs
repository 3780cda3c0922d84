using Identity.Core.Data;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Identity.Core.Keys;

/// <summary>Before the host takes requests: the keys of a first start are made, and all are read. A missing
/// master key stops the start (KM-4).</summary>
internal sealed class SigningKeyLoader(SigningKeyRotation rotation, SigningKeyRing ring) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        // Read first: an instance with the wrong master key must fail before it has made anything.
        await ring.LoadAsync(strict: true, cancellationToken);
        if (ring.IsReady)
            return;
        await rotation.EnsureAsync(cancellationToken);
        await ring.LoadAsync(strict: true, cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

/// <summary>Looks after the keys every <see cref="KeysOptions.RotationInterval"/> on every instance, and warns when
/// they run out with no successor.</summary>
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

    /// <summary>
    /// Warns once at 30, 14 and 3 days before a key ends that nothing succeeds. From memory, so that a lost database
    /// does not silence it. Where rotation is automatic a successor is expected only shortly before, so a missing one
    /// is news only from then on.
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
