using System.Diagnostics.Metrics;
using Identity.Core.Primitives;
using Microsoft.Extensions.Options;

namespace Identity.Core.Keys;

/// <summary>An algorithm whose last key ends soon.</summary>
/// <param name="Kid">The last key.</param>
/// <param name="Left">How long a key of the algorithm still signs; zero or less if none does.</param>
public sealed record SigningKeyExpiry(string Algorithm, string? Kid, TimeSpan Left);

/// <summary> Reports how long this instance can sign, from memory, so that it also works without the database. With
/// automatic rotation, a missing successor is reported once it should have been announced; without it, two weeks before
/// the end.
/// </summary>
public sealed class SigningKeyExpiryMonitor
{
    private static readonly TimeSpan Early = TimeSpan.FromDays(14);

    private readonly SigningKeyRing _ring;
    private readonly KeysOptions _options;

    public SigningKeyExpiryMonitor(SigningKeyRing ring, IOptions<KeysOptions> options)
    {
        (_ring, _options) = (ring, options.Value);
        IdentityMeter.Instance.CreateObservableGauge(
            "identity.keys.days_left",
            Measure,
            "d",
            "For how long a signing key of the algorithm, announced ones included, will sign."
        );
    }

    /// <summary>The algorithms that need attention.</summary>
    public IReadOnlyList<SigningKeyExpiry> Ending() =>
        [.. All().Where(end => end.Left < (_options.AutomaticRotation ? _options.AnnounceBefore : Early))];

    private IEnumerable<SigningKeyExpiry> All()
    {
        var now = _ring.Now;
        foreach (var algorithm in _ring.Algorithms)
        {
            var last = _ring
                .Published.Where(key => key.Algorithm == algorithm && key.RetiresAt > now)
                .MaxBy(static key => key.RetiresAt);
            yield return new(algorithm, last?.Kid, last is null ? TimeSpan.Zero : last.RetiresAt - now);
        }
    }

    private IEnumerable<Measurement<double>> Measure() =>
        All()
            .Select(static end => new Measurement<double>(
                Math.Round(end.Left.TotalDays, 2),
                new KeyValuePair<string, object?>("algorithm", end.Algorithm)
            ));
}
